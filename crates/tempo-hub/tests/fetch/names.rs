//! What a name brings, what it leaves on the disk, and how it is refused.

use std::fs;

use tempo_hub::Kind;

use crate::harness::{User, content, large, one_file};
use crate::server::{COMMIT, Reply, Request, Server, blob_id, files, hub, nobody, sha256};

#[test]
fn a_repository_comes_into_the_cache_as_other_programs_keep_it_and_is_asked_for_once() {
    let index = br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#;
    let all = files(&[
        ("config.json", b"{}"),
        ("tokenizer.json", b"{ }"),
        ("generation_config.json", b"[]"),
        ("model.safetensors.index.json", index),
        ("model-1.safetensors", b"one"),
        ("model-2.safetensors", b"two"),
        ("pytorch_model.bin", b"never"),
        ("onnx/model.onnx", b"never"),
        ("m-Q4_K_M.gguf", b"never"),
    ]);
    let server = Server::start(move |request, _| hub(&all, request));
    let user = User::of(&server.address);
    let model = user.fetch("owner/name").unwrap();
    let snapshot = user.repository().join("snapshots").join(COMMIT);
    assert_eq!((model.id.as_str(), &model.kind), ("owner/name", &Kind::Folder(snapshot.clone())));
    let fetched = ["config.json", "tokenizer.json", "generation_config.json", "model.safetensors.index.json"];
    assert_eq!(server.files(), [&fetched[..], &["model-1.safetensors", "model-2.safetensors"]].concat());
    assert_eq!(fs::read_to_string(user.repository().join("refs/main")).unwrap(), COMMIT);
    assert_eq!(fs::read(user.repository().join("blobs").join(sha256(b"one"))).unwrap(), b"one");
    assert_eq!(fs::read(user.repository().join("blobs").join(blob_id(b"{}"))).unwrap(), b"{}");
    assert_eq!(fs::read(snapshot.join("model-2.safetensors")).unwrap(), b"two");
    #[cfg(unix)]
    assert_eq!(
        fs::read_link(snapshot.join("config.json")).unwrap().to_str().unwrap(),
        format!("../../blobs/{}", blob_id(b"{}"))
    );
    let asked = server.requests().len();
    user.fetch("owner/name").unwrap();
    user.fetch("hf.co/owner/name").unwrap();
    user.fetch(&format!("{}/owner/name", server.address)).unwrap();
    assert_eq!(server.requests().len(), asked, "what is here asks for nothing");
}

#[test]
fn of_gguf_files_only_the_one_that_is_meant_comes() {
    let all = files(&[
        ("m-Q8_0.gguf", b"8"),
        ("m-F16.gguf", b"16"),
        ("d/p-00001-of-00002.gguf", b"1"),
        ("d/p-00002-of-00002.gguf", b"2"),
    ]);
    let server = Server::start(move |request, _| hub(&all, request));
    let user = User::of(&server.address);
    assert_eq!(content(&user.fetch("owner/name:f16").unwrap()), b"16");
    assert_eq!(content(&user.fetch("owner/name").unwrap()), b"16", "what is here, though another would be fetched");
    assert_eq!(content(&User::of(&server.address).fetch("owner/name").unwrap()), b"8");
    assert_eq!(content(&user.fetch("owner/name/m-Q8_0.gguf@main").unwrap()), b"8");
    let parts = user.fetch("owner/name/d/p-00001-of-00002.gguf").unwrap();
    let Kind::Gguf(paths) = &parts.kind else { panic!() };
    assert_eq!((paths.len(), parts.id.as_str()), (2, "p-00001-of-00002"));
    assert_eq!(fs::read(&paths[1]).unwrap(), b"2");
    let error = user.error("owner/name:Q2_K");
    assert!(error.contains("a GGUF file of Q2_K is not among") && error.contains("m-F16.gguf"), "{error}");
}

#[test]
fn what_the_hub_refuses_is_told_with_the_way_out() {
    let all = one_file();
    let server = Server::start(move |request, _| match request.file() {
        Some(_) => Reply::coded(403, "GatedRepo"),
        None => hub(&all, request),
    });
    let user = User::of(&server.address).with("HF_TOKEN", "secret");
    let gated = user.error("owner/name");
    assert!(gated.contains(&format!("accept them at {}/owner/name", server.address)), "{gated}");
    assert!(gated.contains("HF_TOKEN") && gated.contains("has not accepted") && !gated.contains("secret"), "{gated}");
    assert!(!User::of(&server.address).error("owner/name").contains("has not accepted"));
    let missing = user.error("owner/other");
    assert!(missing.contains("has no repository owner/other, or it is private"), "{missing}");
    let revision = user.error("owner/name@v9");
    assert!(revision.contains("owner/name has no branch, tag or commit v9"), "{revision}");
    let file = user.error("owner/name/other.gguf");
    assert!(file.contains("other.gguf is not among the files of owner/name; there is m-Q8_0.gguf"), "{file}");
}

#[test]
fn without_a_network_what_is_here_is_enough_and_the_rest_is_told() {
    let all = one_file();
    let server = Server::start(move |request, _| hub(&all, request));
    let user = User::of(&server.address);
    user.fetch("owner/name").unwrap();
    let asked = server.requests().len();
    let user = user.with("HF_HUB_OFFLINE", "1");
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large());
    let error = user.error("owner/name:Q4_K_M");
    assert!(error.contains("HF_HUB_OFFLINE is set, and owner/name:Q4_K_M is not whole in"), "{error}");
    let error = user.error("https://h.example/m/x.gguf?key=secret");
    assert!(error.contains("https://h.example/m/x.gguf is not whole") && !error.contains("secret"), "{error}");
    assert_eq!(server.requests().len(), asked);
    let user = User::of(&nobody());
    let error = user.error("owner/name");
    assert!(
        error.contains("127.0.0.1") && error.contains("cannot be reached") && error.contains("check the network"),
        "{error}"
    );
}

#[test]
fn a_list_that_is_something_else_is_told() {
    let user = |reply: Reply| User::of(&Server::start(move |_, _| reply.clone()).address);
    let error = user(Reply::page()).error("owner/name");
    assert!(error.contains("for the list of files of owner/name is a web page"), "{error}");
    let json = |body: &str| Reply { body: body.as_bytes().to_vec(), ..Reply::status(200) };
    assert!(user(json("[")).error("owner/name").contains("is no JSON"));
    assert!(user(json(r#"{"sha": "../.."}"#)).error("owner/name").contains("without the commit"));
    let list = format!(r#"{{"sha": "{COMMIT}", "siblings": [{{"rfilename": "../../m.gguf"}}, {{"rfilename": 1}}]}}"#);
    assert!(user(json(&list)).error("owner/name").contains("no model that can be read"), "names that lead out");
    let error = user(Reply::status(503)).error("owner/name");
    assert!(error.contains("answered 503 for the list of files of owner/name; try again later"), "{error}");
}

#[test]
fn a_tag_of_a_token_goes_to_the_hub_and_to_nobody_else() {
    let all = one_file();
    let content = all["m-Q8_0.gguf"].clone();
    let storage = Server::start(move |request, _| Reply::file(request, &content));
    let elsewhere = format!("{}/signed?key=1", storage.address);
    let server = Server::start(move |request, _| match request.file() {
        Some(_) => Reply::status(302).header("Location", elsewhere.clone()),
        // A repository that was renamed: the way to its new name stays on the hub.
        None if request.path.contains("/old/") => {
            Reply::status(307).header("Location", "/api/models/owner/name/revision/main?blobs=true")
        }
        None => hub(&all, request),
    });
    let user = User::of(&server.address).with("HF_TOKEN", "secret");
    assert_eq!(crate::harness::content(&user.fetch("old/name").unwrap()), large());
    for request in server.requests() {
        assert_eq!(request.headers["authorization"], "Bearer secret", "{request:?}");
    }
    assert_eq!(storage.requests().len(), 1);
    assert!(!storage.requests()[0].headers.contains_key("authorization"));
    let round = Server::start(|request, _| Reply::status(302).header("Location", request.path.clone()));
    assert!(User::of(&round.address).error("owner/name").contains("without an end"));
}

#[test]
fn the_weights_can_be_judged_before_they_are_fetched() {
    let all = one_file();
    let server = Server::start(move |request, _| Reply { cut: Some(300_000), ..hub(&all, request) });
    let user = User::of(&server.address);
    let hub = user.hub();
    let wanted = tempo_hub::Spelling::parse("owner/name", "").unwrap();
    let mut delivery = hub.deliver(&wanted, &user.told).unwrap();
    delivery.small().unwrap();
    let mut file = delivery.weights().unwrap().remove(0);
    assert_eq!(file.size().unwrap(), 700_000);
    assert_eq!(file.read(8..24).unwrap(), large()[8..24]);
    drop(file);
    assert_eq!(server.files(), ["m-Q8_0.gguf"]);
    let [here] = user.unfinished()[..] else { panic!() };
    assert!(here < 700_000, "{here}");
    assert!(hub.cached(&wanted).is_none());
    let listed = hub.models().unwrap();
    assert_eq!((listed[0].unfinished, listed[0].models.len()), (here, 0));
    assert_eq!(content(&user.fetch("owner/name").unwrap()), large(), "goes on from there");
    let ranges: Vec<_> =
        server.requests().iter().filter(|request| request.file().is_some()).map(Request::from).collect();
    assert_eq!(ranges[1], usize::try_from(here).ok(), "{ranges:?}");
}

#[test]
fn what_was_judged_goes_on_on_the_same_connection() {
    // Without ranges, so that another connection would begin anew.
    let all = one_file();
    let server = Server::start(move |request, _| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        hub(&all, &whole)
    });
    let user = User::of(&server.address);
    let hub = user.hub();
    let wanted = tempo_hub::Spelling::parse("owner/name", "").unwrap();
    let delivery = hub.deliver(&wanted, &user.told).unwrap();
    assert_eq!(delivery.weights().unwrap()[0].read(0..9).unwrap(), large()[..9]);
    delivery.weights().unwrap().remove(0).finish().unwrap();
    assert_eq!(content(&hub.cached(&wanted).unwrap()), large());
    assert_eq!(server.files(), ["m-Q8_0.gguf"], "one request");
    assert!(user.told.notes.borrow().is_empty());
}
