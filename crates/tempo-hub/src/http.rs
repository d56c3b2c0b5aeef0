//! Requests: one way out, redirects that take no token along, and what an answer says of a file.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, fmt::rfc2822};
use ureq::Agent;
use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, LOCATION, RANGE};
use ureq::http::{HeaderMap, Uri};
use ureq::tls::TlsConfig;

use crate::environment::Environment;
use crate::error::HubError;

/// A server that says nothing for this long is given up on.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// Addresses that one answer may lead through.
const MOST_REDIRECTS: usize = 10;
/// The longest list of a repository, or small file, that is read.
const MOST_LIST: u64 = 64 << 20;

/// The network.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// What is sent to this origin, and to no other.
    token: Option<(String, String)>,
}

/// What a server said, before its body is read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Of the last answer, and of those that led to it: what the hub says of a file stands in the first.
    headers: Vec<HeaderMap>,
    pub(crate) host: String,
    /// Unpacked.
    pub(crate) body: Body,
    /// Whether it was packed: what is said of lengths and ranges is then not about the file.
    is_packed: bool,
}

pub(crate) type Body = Box<dyn Read>;

/// No answer, and why.
pub(crate) struct NoAnswer {
    pub(crate) host: String,
    pub(crate) reason: String,
}

impl From<NoAnswer> for HubError {
    fn from(NoAnswer { host, reason }: NoAnswer) -> Self {
        Self::Unreachable { host, reason }
    }
}

impl Client {
    pub(crate) fn new(environment: &Environment) -> Self {
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(crypto)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("tempo/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let token = environment.token.as_ref();
        Self { agent, token: token.and_then(|token| Some((origin(&environment.endpoint)?, token.header()))) }
    }

    /// Asks for what is at an address, from a byte on where one is given. A server may send more.
    pub(crate) fn get(&self, address: &str, from: Option<u64>) -> Result<Answer, NoAnswer> {
        let (mut address, mut headers) = (address.to_owned(), Vec::new());
        for _ in 0..MOST_REDIRECTS {
            let host = host(&address);
            let fail = |reason: String| NoAnswer { host: host.clone(), reason };
            let mut request = self.agent.get(&address).header(ACCEPT_ENCODING, "identity");
            if let Some(from) = from {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            if let Some((place, token)) = &self.token
                && origin(&address).is_some_and(|origin| origin == *place)
            {
                request = request.header(AUTHORIZATION, token);
            }
            let response = request.call().map_err(|error| fail(error.to_string()))?;
            let (parts, body) = response.into_parts();
            let status = parts.status.as_u16();
            let location = parts.headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
            headers.push(parts.headers);
            match location.filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308)) {
                None => {
                    let body = body.into_with_config().limit(u64::MAX).reader();
                    let mut answer = Answer { status, headers, host, body: Box::new(body), is_packed: false };
                    if answer.packing().is_some_and(|packing| matches!(packing, "gzip" | "x-gzip")) {
                        answer.is_packed = true;
                        answer.body = Box::new(MultiGzDecoder::new(answer.body));
                    }
                    return Ok(answer);
                }
                Some(location) => {
                    let next = joined(&address, &location);
                    if address.starts_with("https://") && next.starts_with("http://") {
                        return Err(fail(format!("it sends to {}, where the way is not encrypted", self::host(&next))));
                    }
                    address = next;
                }
            }
        }
        Err(NoAnswer { host: host(&address), reason: "it sends from one address to another without an end".into() })
    }
}

impl Answer {
    /// What the last answer says.
    fn last(&self, name: &str) -> Option<&str> {
        self.headers.last()?.get(name)?.to_str().ok()
    }

    /// What the first answer that speaks of it says.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|headers| headers.get(name)?.to_str().ok())
    }

    /// First byte of the body within the file, and bytes of the whole file, where they are told.
    pub(crate) fn range(&self) -> (Option<u64>, Option<u64>) {
        let Some(range) = self.last("content-range").and_then(|range| range.trim().strip_prefix("bytes ")) else {
            // The length of an answer that comes in chunks is not told.
            let length = self.last("content-length").and_then(|length| length.trim().parse().ok());
            return (Some(0), length.filter(|_| self.status == 200 && !self.is_packed));
        };
        let (part, total) = range.split_once('/').unwrap_or((range, "*"));
        let start = part.split_once('-').and_then(|(start, _)| start.trim().parse().ok());
        (start, total.trim().parse().ok().filter(|_| !self.is_packed))
    }

    /// How the answer is packed, where it is and was not unpacked.
    pub(crate) fn packing(&self) -> Option<&str> {
        let packing = self.last("content-encoding").map(str::trim).filter(|_| !self.is_packed);
        packing.filter(|packing| !matches!(*packing, "" | "identity"))
    }

    /// Whether it goes on in the middle of what was packed, which cannot be unpacked.
    pub(crate) fn is_torn(&self) -> bool {
        self.is_packed && self.range().0 != Some(0)
    }

    pub(crate) fn is_page(&self) -> bool {
        self.last("content-type").is_some_and(|kind| kind.trim_start().starts_with("text/html"))
    }

    /// Seconds after which the server wants to be asked again, which it says as such or as a date.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let said = self.last("retry-after")?.trim();
        said.parse().ok().or_else(|| seconds_until(said, SystemTime::now()))
    }

    /// The whole body, which is small.
    pub(crate) fn read(mut self) -> Result<(Vec<u8>, Self), NoAnswer> {
        let mut content = Vec::new();
        let read = self.body.by_ref().take(MOST_LIST).read_to_end(&mut content);
        match read {
            Ok(_) => Ok((content, self)),
            Err(error) => Err(NoAnswer { host: self.host, reason: error.to_string() }),
        }
    }
}

/// Scheme, host and port of an address: a token of one is none of another's business.
pub(crate) fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str()?.to_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some(format!("{scheme}://{}:{port}", uri.host()?.to_lowercase()))
}

/// The host of an address, for messages.
pub(crate) fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}

/// Where a `Location` leads to, seen from an address.
fn joined(address: &str, location: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let path = rest.find(['/', '?']).unwrap_or(rest.len());
    if location.contains("://") && !location.starts_with(['/', '?']) {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{}{location}", &rest[..path])
    } else {
        let folder = rest.split('?').next().and_then(|plain| plain[path..].rfind('/')).map_or(path, |at| path + at);
        format!("{scheme}://{}/{location}", &rest[..folder])
    }
}

/// Whole seconds from now until a date as HTTP writes it, 0 for one that is past.
fn seconds_until(date: &str, now: SystemTime) -> Option<u64> {
    let now = Timestamp::try_from(now).ok()?;
    let left = rfc2822::parse(date).ok()?.timestamp().duration_since(now);
    Some(left.as_millis().max(0).cast_unsigned().div_ceil(1000).try_into().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_from_where_it_was_found() {
        let joined = |location| joined("https://a.example:8/one/two?x=/y", location);
        assert_eq!(joined("http://b.example/z"), "http://b.example/z");
        assert_eq!(joined("//b.example/z"), "https://b.example/z");
        assert_eq!(joined("/z?w"), "https://a.example:8/z?w");
        assert_eq!(joined("z"), "https://a.example:8/one/z");
        assert_eq!(super::joined("https://a.example", "z"), "https://a.example/z");
    }

    #[test]
    fn a_date_is_so_many_seconds_away() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_776_500);
        let until = |date| seconds_until(date, now);
        assert_eq!(until("Sun, 06 Nov 1994 08:49:37 GMT"), Some(1));
        assert_eq!(until("Sun, 06 Nov 1994 09:49:37 GMT"), Some(3601));
        assert_eq!(until("Sun, 06 Nov 1994 08:49:36 GMT"), Some(0), "past");
        assert_eq!(until("soon"), None);
    }

    #[test]
    fn another_port_is_another_origin() {
        assert_eq!(origin("https://Hub.example/a"), origin("https://hub.example:443/b"));
        assert_ne!(origin("http://hub.example/a"), origin("https://hub.example/a"));
        assert_ne!(origin("http://hub.example:1/a"), origin("http://hub.example:2/a"));
        assert_eq!(host("https://hub.example:1?x"), "hub.example:1");
    }
}
