//! Passes in which every query has biases of its own, where they are long or many.

use super::*;

#[test]
fn gpu_biases_of_a_long_pass_go_with_its_chunks() {
    let kind = Kind { qk_norm: true, window: true, ..Kind::default() };
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::F32);
    for gpu in gpus() {
        let mut model = model(&gpu, &decoder, &weights);
        pollster::block_on(model.begin(640)).unwrap();
        let mut reference = Reference::new(&decoder, &weights, 640);
        let mut feed = Feed::default();
        // A prompt, a set larger than a chunk, what comes after it: a rebuild computes all of it again.
        let mut all = biased(feed.sets(&[&[1; 270][..], &[300, 1, 2, 60]].concat(), InSet::Visible, 3), 5);
        all.logits = 560..633;
        let ends: Vec<usize> = chunks(&all, 256).iter().map(|chunk| chunk.queries.end).collect();
        assert_eq!(ends, [256, 270, 570, 633]);
        run(&mut model, &mut reference, &all, "prompt");
        let look = Pass { observe: Observe::Attention, logits: 0..0, layer_weights: Vec::new(), ..all.clone() };
        run(&mut model, &mut reference, &look, "what it looks at");
        let found = pollster::block_on(model.forward(&all)).unwrap();
        let other = pollster::block_on(model.forward(&biased(all.clone(), 6))).unwrap();
        assert!(distance(&found.logits, &other.logits) > 0.01, "other biases make no difference");
        let none = pollster::block_on(model.forward(&Pass { biases: Vec::new(), ..all.clone() })).unwrap();
        assert!(distance(&found.logits, &none.logits) > 0.01, "biases make no difference");
    }
}

/// Bytes that the largest pass of a model takes, where a device offers no more than WebGPU promises.
#[test]
fn inputs_with_biases_fit_where_scores_fit() {
    // Least heads for a context, so that scores leave the most room for queries; sizes of published models beside it.
    for (heads, rows) in [(1, 8_192), (4, 32_768), (9, 8_192), (32, 131_072)] {
        let decoder = Decoder { heads, kv_heads: 1, head_dim: 128, ..decoder(Kind::default()) };
        let queries = buffers::queries_fit(128 << 20, &decoder, rows);
        let words = inputs::words(&decoder, queries, rows);
        assert!(words * 4 <= 128 << 20, "{heads} heads, {rows} rows: {queries} queries, {words} words");
    }
}

#[test]
fn rows_of_logits_grow_in_groups_where_a_buffer_has_room() {
    let decoder = Decoder { vocab: 262_144, ..decoder(Kind::default()) };
    // One row is a mebibyte.
    let room = |wanted| buffers::logits_room(40 << 20, &decoder, wanted);
    assert_eq!([1, 16, 17, 32].map(room), [16, 16, 32, 32]);
    // 48 would not fit: as many as fit, and what is wanted where that is more, for the device to refuse.
    assert_eq!([33, 40, 41].map(room), [40, 40, 41]);
}
