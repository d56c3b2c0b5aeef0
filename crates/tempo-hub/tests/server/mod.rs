//! A hub on this computer, which answers as it is told to. Listens on 127.0.0.1 and forgets nothing that it was asked.

#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::json;

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What a server was asked.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// The path, without what stands behind `?`.
    pub path: String,
    pub query: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    /// The first byte that is asked for.
    pub fn from(&self) -> Option<usize> {
        self.headers.get("range")?.strip_prefix("bytes=")?.split('-').next()?.parse().ok()
    }

    /// The file that is asked for, below `resolve/COMMIT/`.
    pub fn file(&self) -> Option<&str> {
        self.path.split_once("/resolve/")?.1.split_once('/').map(|(_, file)| file)
    }
}

/// What a server answers.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The connection breaks after so many bytes of the body.
    pub cut: Option<usize>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn coded(status: u16, code: &str) -> Self {
        Self::status(status).header("X-Error-Code", code)
    }

    pub fn page() -> Self {
        Self { body: b"<!doctype html><p>not the file".to_vec(), ..Self::status(200) }
            .header("Content-Type", "text/html")
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A file, or the part of it that is asked for.
    pub fn file(request: &Request, content: &[u8]) -> Self {
        match request.from() {
            None => Self { body: content.to_vec(), ..Self::status(200) },
            Some(from) if from >= content.len() => {
                Self::status(416).header("Content-Range", format!("bytes */{}", content.len()))
            }
            Some(from) => Self { body: content[from..].to_vec(), ..Self::status(206) }
                .header("Content-Range", format!("bytes {from}-{}/{}", content.len() - 1, content.len())),
        }
    }
}

/// A server, and what it was asked.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts; `answer` is told how many requests came before.
    pub fn start(answer: impl Fn(&Request, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Request>>>::default();
        let seen = Arc::clone(&asked);
        let serve = move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = read(&stream) {
                    let count = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(request.clone());
                        seen.len() - 1
                    };
                    // Whoever asked may be gone.
                    let _gone = write(stream, &request, &answer(&request, count));
                }
            }
        };
        std::thread::Builder::new().spawn(serve).unwrap();
        Self { address, asked }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// The files that were asked for, in order.
    pub fn files(&self) -> Vec<String> {
        self.requests().iter().filter_map(|request| request.file().map(str::to_owned)).collect()
    }
}

/// An address where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers })
}

fn write(mut stream: TcpStream, request: &Request, reply: &Reply) -> std::io::Result<()> {
    let mut head = vec![format!("HTTP/1.1 {} Answer", reply.status), "Connection: close".to_owned()];
    head.extend(reply.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let chunked = reply.headers.iter().any(|(name, _)| *name == "Transfer-Encoding");
    if !chunked {
        head.push(format!("Content-Length: {}", reply.body.len()));
    }
    stream.write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    let sent = &reply.body[..reply.cut.unwrap_or(reply.body.len()).min(reply.body.len())];
    if chunked {
        write!(stream, "{:x}\r\n", sent.len())?;
        stream.write_all(sent)?;
        return stream.write_all(b"\r\n0\r\n\r\n");
    }
    stream.write_all(sent)
}

/// The files of a repository. Those that are not JSON are kept apart by the hub, with a published SHA-256.
pub type Files = BTreeMap<String, Vec<u8>>;

pub fn files(named: &[(&str, &[u8])]) -> Files {
    named.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect()
}

pub fn sha256(content: &[u8]) -> String {
    hex(digest(&SHA256, content).as_ref())
}

/// What Git calls a file.
pub fn blob_id(content: &[u8]) -> String {
    let whole = [format!("blob {}\0", content.len()).as_bytes(), content].concat();
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &whole).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

/// The hub's list of a repository.
pub fn list(files: &Files) -> Reply {
    let siblings: Vec<_> = files
        .iter()
        .map(|(name, content)| {
            let mut entry = json!({ "rfilename": name, "size": content.len(), "blobId": blob_id(content) });
            if std::path::Path::new(name).extension().is_none_or(|extension| extension != "json") {
                entry["lfs"] = json!({ "sha256": sha256(content), "size": content.len() });
            }
            entry
        })
        .collect();
    let body = json!({ "id": "owner/name", "sha": COMMIT, "siblings": siblings }).to_string().into_bytes();
    Reply { body, ..Reply::status(200) }.header("Content-Type", "application/json")
}

/// What the hub answers for the repository `owner/name` with these files, in the branch `main`.
pub fn hub(files: &Files, request: &Request) -> Reply {
    let path = request.path.strip_prefix("/api/models/").unwrap_or(&request.path);
    match path.split_once("/revision/") {
        Some(("owner/name", "main" | COMMIT)) => list(files),
        Some(("owner/name", _)) => Reply::coded(404, "RevisionNotFound"),
        // The hub does not tell whether a repository is hidden or not there.
        Some(_) => Reply::coded(401, "RepoNotFound"),
        None => match request.file().and_then(|file| files.get(file)) {
            Some(content) => Reply::file(request, content).header("ETag", format!("\"{}\"", blob_id(content))),
            None => Reply::coded(404, "EntryNotFound"),
        },
    }
}
