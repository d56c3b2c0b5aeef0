use super::super::tests::{alone, end, events, options};
use super::*;
use crate::event::StopReason;
use crate::options::DecoderKind;

/// Beam search in plain words, every text computed alone: the texts and their scores, and whether it stopped early.
fn plain(eos: &[u32], width: usize, penalty: f64, steps: usize) -> (Vec<(Vec<TokenId>, f64)>, bool) {
    let scored = |(ids, sum): &(Vec<TokenId>, f64)| (ids.clone(), sum / (ids.len() as f64).powf(penalty));
    let mut running: Vec<(Vec<TokenId>, f64)> = vec![(Vec::new(), 0.0)];
    let mut finished: Vec<(Vec<TokenId>, f64)> = Vec::new();
    let best = |all: &mut Vec<(Vec<TokenId>, f64)>| {
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(width);
    };
    for _ in 0..steps {
        let mut all = Vec::new();
        for (ids, sum) in &running {
            let next = alone(ids);
            for (id, log) in top(&next, 0, 24).unwrap() {
                all.push((ids.iter().copied().chain([id]).collect::<Vec<_>>(), sum + log));
            }
        }
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        let ends = |text: &(Vec<TokenId>, f64)| eos.contains(&text.0.last().unwrap().0);
        finished.extend(all.iter().take(width).filter(|text| ends(text)).map(scored));
        best(&mut finished);
        running = all.into_iter().filter(|text| !ends(text)).take(width).collect();
        let first = scored(&running[0]).1;
        if finished.len() == width && first <= finished[width - 1].1 {
            return (finished, true);
        }
    }
    finished.extend(running.iter().map(scored));
    best(&mut finished);
    (finished, false)
}

#[test]
fn beams_are_those_of_a_search_without_a_cache() {
    let (mut early, mut late) = (0, 0);
    for eos in [vec![], vec![4], vec![9, 14], vec![0, 5, 10, 15, 20]] {
        for width in [1, 2, 4, 7] {
            for penalty in [0.0, 1.0, 2.0, -1.0] {
                let run = events(&eos, options(DecoderKind::Beam, |o| (o.beams, o.length_penalty) = (width, penalty)));
                let (want, stopped) = plain(&eos, width, penalty, 6);
                let end = end(&run);
                let found: Vec<Vec<TokenId>> = end.readings.iter().map(|reading| reading.ids.clone()).collect();
                assert_eq!(
                    found,
                    want.iter().map(|(ids, _)| ids.clone()).collect::<Vec<_>>(),
                    "{eos:?} {width} {penalty}"
                );
                for (reading, (_, score)) in end.readings.iter().zip(&want) {
                    assert!((reading.score.unwrap() - score).abs() < 1e-4);
                }
                assert_eq!(end.reason == StopReason::Eos, stopped);
                if stopped { early += 1 } else { late += 1 }
            }
        }
    }
    assert!(early > 3 && late > 3, "{early} stopped early, {late} did not");
}

#[test]
fn events_tell_where_each_hypothesis_comes_from() {
    let run = events(&[9, 14], options(DecoderKind::Beam, |o| o.beams = 3));
    let mut texts: Vec<Vec<TokenId>> = vec![Vec::new()];
    let (mut slot, mut position) = (3, 3);
    for event in &run {
        let Event::Beams(step) = event else { continue };
        texts = step
            .hypotheses
            .iter()
            .map(|hypothesis| {
                assert_eq!((hypothesis.slot.0, hypothesis.position.0), (slot, position));
                slot += 1;
                texts[hypothesis.parent].iter().copied().chain([hypothesis.id]).collect()
            })
            .collect();
        position += 1;
        for (text, hypothesis) in texts.iter().zip(&step.hypotheses) {
            let want = super::super::tests::score(text);
            assert!((hypothesis.log_probability - want).abs() < 1e-4);
            assert!((hypothesis.score - want / text.len() as f64).abs() < 1e-4);
        }
        assert!(step.hypotheses.is_sorted_by(|a, b| a.log_probability >= b.log_probability));
        assert!(step.finished.is_sorted_by(|a, b| a.score >= b.score) && step.finished.len() <= 3);
    }
}
