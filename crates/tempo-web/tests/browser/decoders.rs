//! Samples, beams and tree searches in a browser: whole runs against the references, by event and by pass.

use super::*;

macro_rules! lab {
    ($case:literal) => {
        include_str!(concat!("../../../../tests/fixtures/lab/", $case, ".jsonl"))
    };
}

/// Every event of what a reference ran: ids, slots and texts exactly, numbers closely.
async fn agrees(tempo: &mut Tempo, reference: &str, case: &str) {
    let expected: Vec<Value> = reference.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    tempo.begin(expected[0]["prompt"]["text"].as_str().unwrap().into(), &object(&expected[0]["options"])).unwrap();
    let found = events(tempo).await;
    assert_eq!(found.len(), expected.len(), "{case}");
    assert_eq!(
        (&found[0]["decoder"], &found[0]["prompt"]),
        (&expected[0]["decoder"], &expected[0]["prompt"]),
        "{case}"
    );
    for (mut found, expected) in found.into_iter().zip(expected).skip(1) {
        let place = format!("{case}, {} {}", expected["type"], expected["step"]);
        let timing = found.as_object_mut().unwrap().remove("timing");
        assert_eq!(timing.is_some_and(|timing| timing["total_ms"].is_number()), expected["type"] != "end", "{place}");
        let Some(stats) = found.get_mut("stats") else {
            close(&found, &expected, &place);
            continue;
        };
        assert!(stats["seconds"].is_number(), "{place}");
        stats.as_object_mut().unwrap().remove("seconds");
        close(&found, &expected, &place);
    }
}

#[wasm_bindgen_test]
async fn decoders_on_the_cpu_agree_with_the_reference() {
    let mut tempo = loaded("cpu").await;
    for (case, reference) in [
        ("sample-many", lab!("sample-many")),
        ("sample-filters", lab!("sample-filters")),
        ("sample-penalty", lab!("sample-penalty")),
        ("beam-four", lab!("beam-four")),
        ("beam-one", lab!("beam-one")),
        ("mcts-eager", lab!("mcts-eager")),
        ("mcts-wide", lab!("mcts-wide")),
    ] {
        agrees(&mut tempo, reference, case).await;
    }
    // A run of lanes leaves no rows that a conversation could go on from, and nothing in a run of TEMPO.
    let removed = include_str!("../../../../tests/fixtures/tempo/mask-share.jsonl");
    super::agrees(&mut tempo, removed, 3).await;
}

#[wasm_bindgen_test]
async fn decoders_on_webgpu_agree_with_the_reference() {
    let mut tempo = loaded("gpu").await;
    agrees(&mut tempo, lab!("sample-one"), "sample-one").await;
    agrees(&mut tempo, lab!("beam-four"), "beam-four").await;
    agrees(&mut tempo, lab!("mcts-no-rollout"), "mcts-no-rollout").await;
}

#[wasm_bindgen_test]
async fn a_tree_search_is_told_pass_by_pass_and_stops_between_two() {
    let mut tempo = loaded("cpu").await;
    // So many steps that no simulation comes to their end, where it would need no pass.
    let options = object(&json!({"decoder": "mcts", "simulations": 6, "depth": 3, "max_steps": 12}));
    tempo.begin("The king saw a".into(), &options).unwrap();
    assert_eq!(plain(&tempo.step(Some(true)).await.unwrap())["type"], "run");
    let (mut told, mut passes) = (Vec::new(), 0);
    let step = loop {
        let event = tempo.step(Some(true)).await.unwrap();
        if !event.is_null() {
            break plain(&event);
        }
        passes += 1;
        told.extend(plain(&tempo.simulations(told.len()).unwrap()).as_array().unwrap().clone());
    };
    // The last one comes with the event.
    assert_eq!(told.len(), 5);
    for (number, (told, made)) in told.iter().zip(step["simulations"].as_array().unwrap()).enumerate() {
        assert_eq!(told["number"], number);
        assert_eq!((&told["path"], &told["rollout"]), (&made["path"], &made["rollout"]));
        let ids = [&made["path"], &made["rollout"]].map(|ids| ids.as_array().unwrap().len());
        assert_eq!(told["texts"].as_array().unwrap().len(), ids[0] + ids[1]);
        assert!(told["texts"][0].as_str().unwrap().len() > 1, "a word of the model");
    }
    assert!(passes > 12, "the prompt, then three passes a simulation: {passes}");
    assert_eq!(plain(&tempo.simulations(0).unwrap()), json!([]), "between two steps");

    tempo.step(Some(true)).await.unwrap();
    let before = plain(&tempo.counts().unwrap())["passes"].as_u64();
    tempo.stop();
    let end = plain(&tempo.step(Some(true)).await.unwrap());
    assert_eq!((&end["type"], &end["reason"], &end["stats"]["steps"]), (&json!("end"), &json!("stopped"), &json!(1)));
    assert_eq!(plain(&tempo.counts().unwrap())["passes"].as_u64(), before, "nothing is computed after a stop");
    let error = tempo.attention(0).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "attention-gone");
    assert!(code_and_message(&error).1.contains("mcts"), "{}", code_and_message(&error).1);
}

#[wasm_bindgen_test]
async fn what_a_decoder_cannot_have_is_told() {
    let mut tempo = loaded("cpu").await;
    for (options, word) in [
        (json!({"decoder": "beam", "temperature": 0.5}), "temperature"),
        (json!({"decoder": "beam", "beams": 0}), "beams"),
        (json!({"decoder": "sample", "samples": 65}), "samples"),
        (json!({"decoder": "best"}), "best"),
    ] {
        let error = tempo.begin("Once".into(), &object(&options)).unwrap_err();
        let (code, message) = code_and_message(&error);
        assert!(code == "options" && message.contains(word), "{options}: {code}: {message}");
    }
    tempo.begin("Once".into(), &object(&json!({"decoder": "beam", "max_steps": 2}))).unwrap();
    let error = tempo.change(&object(&json!({"decoder": "beam", "max_steps": 3}))).unwrap_err();
    assert_eq!(code_and_message(&error).0, "options");
    assert_eq!(events(&mut tempo).await.len(), 4);
}

#[wasm_bindgen_test]
async fn a_metered_run_has_a_scored_reading() {
    let mut tempo = loaded("cpu").await;
    let options = object(&json!({
        "max_steps": 4, "selection_threshold": 0.05, "exact_limit": 64, "meter_samples": 4, "reading_beams": 4
    }));
    tempo.begin("The king saw a".into(), &options).unwrap();
    let events = events(&mut tempo).await;
    let metered: Vec<&Value> =
        events.iter().filter(|event| event["type"] == "step").map(|step| &step["meter"]).collect();
    assert!(metered.len() == 4 && metered.iter().all(|meter| meter["kl"].as_f64() >= Some(0.0)), "{metered:?}");
    let kinds: Vec<&Value> = events[5]["readings"].as_array().unwrap().iter().map(|reading| &reading["kind"]).collect();
    assert_eq!(kinds, ["probable", "viterbi", "scored"]);
}
