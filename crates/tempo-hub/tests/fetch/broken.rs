//! Connections that break, and what is here from before.

use std::fs;

use crate::harness::{User, content, large, one_file};
use crate::server::{Reply, Request, Server, files, hub, sha256};

/// Where each request for a file began.
fn beginnings(server: &Server) -> Vec<Option<usize>> {
    server.requests().iter().filter(|request| request.file().is_some()).map(Request::from).collect()
}

#[test]
fn a_broken_download_goes_on_where_it_broke_whatever_its_etag_is() {
    let all = one_file();
    let server = Server::start(move |request, count| {
        let mut reply = hub(&all, request);
        reply.headers.retain(|(name, _)| *name != "ETag");
        reply.cut = request.file().map(|_| 262_144);
        reply.header("ETag", format!("\"node-{count}\""))
    });
    let user = User::of(&server.address);
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    assert_eq!(beginnings(&server), [Some(0), Some(262_144), Some(524_288)]);
    assert!(user.unfinished().is_empty());
    let told = user.told.bytes.borrow();
    assert_eq!(told.last().unwrap(), &("m-Q8_0.gguf".to_owned(), 700_000, Some(700_000)));
}

#[test]
fn the_next_try_goes_on_from_what_an_earlier_one_left() {
    let all = one_file();
    let server = Server::start(move |request, count| match count {
        1 => Reply { cut: Some(300_000), ..hub(&all, request) },
        2..=5 => Reply { cut: Some(0), ..hub(&all, request) },
        _ => hub(&all, request),
    });
    let user = User::of(&server.address);
    let error = user.error("owner/name");
    assert!(error.contains("broke again and again at byte 300000 of 700000"), "{error}");
    assert_eq!(user.unfinished(), [300_000]);
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    assert_eq!(beginnings(&server).last(), Some(&Some(300_000)));
}

#[test]
fn what_another_file_left_is_found_out_by_the_checksum_and_fetched_anew() {
    let all = one_file();
    let server = Server::start(move |request, _| hub(&all, request));
    let user = User::of(&server.address);
    let blobs = user.repository().join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(format!("{}.incomplete", sha256(&large()))), vec![7; 1000]).unwrap();
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    assert_eq!(beginnings(&server), [Some(1000), Some(0)]);
    assert!(user.told.notes.borrow()[0].contains("is fetched from its beginning: what was here is of another file"));
}

#[test]
fn a_file_that_is_not_what_was_published_is_dropped() {
    let all = one_file();
    let server = Server::start(move |request, _| {
        let mut reply = hub(&all, request);
        if request.file().is_some() {
            reply.body[5] ^= 1;
        }
        reply
    });
    let user = User::of(&server.address);
    let error = user.error("owner/name");
    assert!(error.contains("m-Q8_0.gguf: what arrived is not the file that was published"), "{error}");
    assert_eq!(user.unfinished(), [0]);
}

#[test]
fn a_server_that_cannot_continue_begins_anew_and_is_borne_with() {
    let all = one_file();
    let server = Server::start(move |request, count| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        Reply { cut: (count == 1).then_some(300_000), ..hub(&all, &whole) }
    });
    let user = User::of(&server.address);
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    assert!(user.told.notes.borrow()[0].contains("the server cannot continue a broken download"));
    let all = one_file();
    let server = Server::start(move |request, _| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        Reply { cut: request.file().map(|_| 300_000), ..hub(&all, &whole) }
    });
    let error = User::of(&server.address).error("owner/name");
    assert!(error.contains("cannot continue a broken download"), "{error}");
    assert!(server.requests().len() < 10, "it ends");
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says() {
    let all = one_file();
    let server = Server::start(move |request, count| match count {
        0 | 2 => Reply::status(503).header("Retry-After", "0"),
        3 => Reply::status(429),
        _ => hub(&all, request),
    });
    let user = User::of(&server.address);
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    let all = one_file();
    let server = Server::start(move |request, _| match request.file() {
        Some(_) => Reply::status(429),
        None => hub(&all, request),
    });
    let error = User::of(&server.address).error("owner/name");
    assert!(error.contains("answered 429 for m-Q8_0.gguf; it was asked too often"), "{error}");
    assert_eq!(beginnings(&server).len(), 4);
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_an_hour_is_not_asked_again() {
    let all = one_file();
    for of_list in [true, false] {
        let all = all.clone();
        let server = Server::start(move |request, _| match (request.file(), of_list) {
            (None, false) => hub(&all, request),
            _ => Reply::status(429).header("Retry-After", "3600"),
        });
        let error = User::of(&server.address).error("owner/name");
        assert!(error.contains("answered 429") && error.contains("it was asked too often"), "{error}");
        assert_eq!(server.requests().len(), if of_list { 1 } else { 2 });
    }
}

#[test]
fn a_wait_that_a_server_asks_for_is_told() {
    let all = one_file();
    let server = Server::start(move |request, count| match count {
        0 => Reply::status(429).header("Retry-After", "2"),
        _ => hub(&all, request),
    });
    let user = User::of(&server.address);
    user.fetch("owner/name").unwrap();
    assert!(user.told.notes.borrow()[0].ends_with("answered 429; asking again in 2 s"), "{:?}", user.told.notes);
}

#[test]
fn a_file_that_another_program_brings_is_waited_for() {
    let all = files(&[("m.gguf", b"content")]);
    let server = Server::start(move |request, _| hub(&all, request));
    let user = User::of(&server.address);
    let name = sha256(b"content");
    let lock = user.home.path().join("hub/.locks/models--owner--name").join(format!("{name}.lock"));
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let blob = user.repository().join("blobs").join(&name);
    std::thread::scope(|scope| {
        // The other program: it has the file when somebody waits for it, and gives the lock back.
        scope.spawn(|| {
            while server.requests().is_empty() {
                std::thread::yield_now();
            }
            fs::create_dir_all(blob.parent().unwrap()).unwrap();
            fs::write(&blob, b"content").unwrap();
            held.unlock().unwrap();
        });
        assert_eq!(content(&user.fetch("owner/name").unwrap()), b"content");
    });
    assert!(server.files().is_empty(), "it came from the other");
}
