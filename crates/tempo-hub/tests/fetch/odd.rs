//! Servers unlike the hub: addresses of their own, web pages for what is not there, packed answers.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempo_hub::{HubError, Kind};

use crate::harness::{User, content, large, one_file};
use crate::server::{Files, Reply, Request, Server, files, hub, nobody};

/// A plain folder on a server.
fn folder(files: &Files, request: &Request) -> Option<Reply> {
    let content = files.get(request.path.strip_prefix("/m/")?)?;
    Some(Reply::file(request, content))
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

fn model() -> Files {
    files(&[("config.json", b"{}"), ("tokenizer.json", b"{}"), ("model.safetensors", b"weights")])
}

#[test]
fn a_folder_of_any_server_is_a_model_whatever_it_answers_for_what_is_not_there() {
    for absent in [Reply::status(404), Reply::status(403), Reply::page()] {
        let shown = format!("{absent:?}");
        let all = model();
        let server = Server::start(move |request, _| folder(&all, request).unwrap_or_else(|| absent.clone()));
        let user = User::of(&nobody());
        let address = format!("{}/m/config.json", server.address);
        let found = user.fetch(&address).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let Kind::Folder(path) = &found.kind else { panic!() };
        assert!(path.starts_with(user.home.path().join("assets/tempo/addresses")), "{path:?}");
        assert_eq!(
            (std::fs::read(path.join("model.safetensors")).unwrap(), found.id.as_str()),
            (b"weights".to_vec(), "m")
        );
        assert!(!path.join("generation_config.json").exists(), "{shown}");
        let asked = server.requests().len();
        user.fetch(&address).unwrap();
        assert_eq!(server.requests().len(), asked);
        assert!(server.requests().iter().all(|request| request.method == "GET"), "no HEAD is needed");
    }
}

#[test]
fn shards_of_a_folder_are_those_that_its_index_names() {
    let mut all = model();
    all.remove("model.safetensors");
    all.insert("model.safetensors.index.json".into(), br#"{"weight_map": {"a": "x.safetensors"}}"#.to_vec());
    all.insert("x.safetensors".into(), b"x".to_vec());
    let server = Server::start(move |request, _| folder(&all, request).unwrap_or_else(|| Reply::status(403)));
    let user = User::of(&nobody());
    let found = user.fetch(&format!("{}/m", server.address)).unwrap();
    assert_eq!(std::fs::read(&found.paths()[0]).unwrap(), b"x");
}

#[test]
fn an_address_without_a_model_is_told_in_words() {
    let server = Server::start(|_, _| Reply::page());
    let user = User::of(&nobody());
    let error = user.error(&format!("{}/m/x.gguf?key=secret", server.address));
    assert!(error.contains("for x.gguf is a web page") && !error.contains("secret"), "{error}");
    let error = user.error(&format!("{}/m/", server.address));
    assert!(error.contains("for config.json is a web page"), "{error}");
    let server = Server::start(|_, _| Reply::status(401));
    let error = user.error(&format!("{}/m/x.gguf", server.address));
    assert!(error.contains("answered 401 for x.gguf; it may not be read without signing in"), "{error}");
    let server = Server::start(|_, _| Reply::status(404));
    assert!(user.error(&format!("{}/m/x.gguf", server.address)).contains("x.gguf is not among the files of http://"));
}

#[test]
fn a_file_without_a_published_hash_goes_on_where_its_last_bytes_agree() {
    let address = |server: &Server| format!("{}/m/x.gguf", server.address);
    let file = large();
    let server = Server::start(move |request, count| {
        Reply { cut: Some(262_144), ..Reply::file(request, &file) }.header("ETag", format!("\"node-{count}\""))
    });
    let user = User::of(&nobody());
    assert_eq!(content(&user.fetch(&address(&server)).unwrap()), large());
    assert_eq!(server.requests()[1].from(), Some(262_144 - 65_536), "some of it is asked for again");
    assert!(user.told.notes.borrow().is_empty());

    let server = Server::start(move |request, count| {
        let mut file = large();
        if count > 0 {
            for byte in &mut file {
                *byte = !*byte;
            }
        }
        Reply { cut: (count == 0).then_some(262_144), ..Reply::file(request, &file) }
    });
    let user = User::of(&nobody());
    let found = content(&user.fetch(&address(&server)).unwrap());
    assert!(found.iter().zip(large()).all(|(now, before)| *now == !before), "nothing of the older one is left");
    assert!(user.told.notes.borrow()[0].contains("it changed on the server"));
}

#[test]
fn packed_answers_are_unpacked_or_told() {
    let all = one_file();
    let pack = move |request: &Request, name: &str| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        let mut reply = hub(&all, &whole);
        if request.file().is_some() {
            assert_eq!(request.headers["accept-encoding"], "identity");
            reply.body = packed(&reply.body);
            reply = reply.header("Content-Encoding", name);
        }
        reply
    };
    let unpacked = pack.clone();
    let server = Server::start(move |request, _| unpacked(request, "gzip"));
    assert_eq!(content(&User::of(&server.address).fetch("owner/name").unwrap()), large());
    let server = Server::start(move |request, _| pack(request, "br"));
    let error = User::of(&server.address).error("owner/name");
    assert!(error.contains("for m-Q8_0.gguf is packed as br"), "{error}");
}

#[test]
fn a_server_that_refuses_the_part_that_is_all_of_a_file_is_asked_without() {
    let refuses = |request: &Request| request.headers.contains_key("range");
    let server = Server::start(move |request, _| {
        if refuses(request) { Reply::status(416) } else { Reply { body: large(), ..Reply::status(200) } }
    });
    let user = User::of(&nobody());
    assert_eq!(content(&user.fetch(&format!("{}/x.gguf", server.address)).unwrap()), large());
    assert_eq!(server.requests().len(), 2);
    let server = Server::start(|_, _| Reply::status(416));
    let error = User::of(&nobody()).error(&format!("{}/x.gguf", server.address));
    assert!(error.contains("the file of the server is shorter"), "{error}");
    assert!(server.requests().len() < 10, "it ends");
}

#[test]
fn what_is_no_json_is_not_kept_in_its_place() {
    // Pages that are not said to be any, as a wrong address gets them for a while.
    for (name, body) in [
        ("config.json", &b"<!doctype html><p>not yet"[..]),
        ("tokenizer.json", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        ("config.json", b""),
    ] {
        let all = model();
        let server = Server::start(move |request, count| {
            let other = Reply { body: body.to_vec(), ..Reply::status(200) };
            let first = request.path.ends_with(name) && count < 3;
            if first { other } else { folder(&all, request).unwrap_or_else(|| Reply::status(404)) }
        });
        let user = User::of(&nobody());
        let address = format!("{}/m/", server.address);
        let error = user.error(&address);
        let begins = String::from_utf8_lossy(body);
        let words =
            if body.is_empty() { "is empty" } else { &format!("is no JSON (it begins with \"{}", &begins[..9]) };
        assert!(error.contains(&format!("for {name} {words}")), "{error}");
        user.fetch(&address).unwrap();
    }
}

#[test]
fn a_body_of_unknown_length_ends_where_it_ends() {
    let server =
        Server::start(|_, _| Reply { body: large(), ..Reply::status(200) }.header("Transfer-Encoding", "chunked"));
    let user = User::of(&nobody());
    assert_eq!(content(&user.fetch(&format!("{}/x.gguf", server.address)).unwrap()), large());
}

#[test]
fn a_server_that_sends_another_length_or_another_part_is_not_believed() {
    let all = one_file();
    let server = Server::start(move |request, _| match request.file() {
        Some(_) => Reply::file(request, b"short"),
        None => hub(&all, request),
    });
    let error = User::of(&server.address).fetch("owner/name").unwrap_err();
    assert!(matches!(&error, HubError::Damaged { what, .. } if what.contains("5 bytes, not 700000")), "{error}");
    let all = one_file();
    let server = Server::start(move |request, _| match request.file() {
        Some(_) => {
            Reply { body: large()[3..].to_vec(), ..Reply::status(206) }.header("Content-Range", "bytes 3-699999/700000")
        }
        None => hub(&all, request),
    });
    let error = User::of(&server.address).error("owner/name");
    assert!(error.contains("another part than the one asked for"), "{error}");
    assert!(server.requests().len() < 10, "it ends");
}

#[test]
fn a_length_that_only_the_answer_told_is_kept_while_the_file_is_left() {
    let server = Server::start(|request, count| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        Reply { cut: (count == 0).then_some(300_000), ..Reply::file(&whole, &large()) }
    });
    let user = User::of(&nobody());
    let hub = user.hub();
    let wanted = tempo_hub::Spelling::parse(&format!("{}/x.gguf", server.address), "").unwrap();
    let delivery = hub.deliver(&wanted, &user.told).unwrap();
    assert_eq!(delivery.weights().unwrap()[0].read(0..9).unwrap(), large()[..9]);
    delivery.weights().unwrap().remove(0).finish().unwrap();
    assert_eq!(content(&hub.cached(&wanted).unwrap()), large(), "a break is not taken for the end");
    assert!(user.told.bytes.borrow().iter().all(|(_, _, total)| *total == Some(700_000)));
}
