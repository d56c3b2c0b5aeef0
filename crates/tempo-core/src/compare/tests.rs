use super::*;
use crate::event::{EndEvent, Event, ReadingEvent, Work};
use crate::ids::TokenId;
use crate::options::GenerationOptions;
use crate::testing::{Numbers, ScriptedModel, block_on, decode};
use crate::{LanguageModel as _, Prompt, Turn, next_turn};

const PROMPT: [u32; 3] = [3, 11, 5];
const VOCAB: usize = 24;

fn lane(words: &str) -> LaneOptions {
    lanes(words).unwrap().remove(0)
}

fn prompt() -> Prompt {
    Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() }
}

fn bounded(words: &str, budget: &str, model: &ScriptedModel) -> Bounded<Numbers> {
    let budget = Some(budget.parse().unwrap());
    Bounded::new(&lane(words), budget, model.description(), prompt(), Numbers).unwrap()
}

/// A lane that was driven to its end, and the model that computed it.
fn finished(words: &str, budget: &str) -> (Bounded<Numbers>, ScriptedModel) {
    let mut model = ScriptedModel::new(VOCAB);
    let mut run = bounded(words, budget, &model);
    while block_on(next_turn(&mut run, &mut model)).unwrap() != Turn::Over {}
    (run, model)
}

/// The same decoder without a budget, for so many steps.
fn end(words: &str, max_steps: usize) -> EndEvent {
    let options = GenerationOptions { max_steps, ..lane(words).options };
    match decode(&mut ScriptedModel::new(VOCAB), options, &PROMPT).pop() {
        Some(Event::End(end)) => end,
        other => panic!("{other:?}"),
    }
}

const ALL: [&str; 7] = [
    "greedy",
    "sample samples=3 seed=4",
    "beam beams=3",
    "tempo selection-threshold=0.08",
    "tempo selection-threshold=0.08 removal=mask",
    "tempo selection-threshold=0.08 removal=rebuild removal-score=share relative=0.9",
    "mcts simulations=4 depth=2",
];

#[test]
fn a_lane_ends_at_the_last_step_that_fits() {
    let mut cut = 0;
    for words in ALL {
        for budget in ["steps=5", "passes=9", "rows=20", "rows=23", "bytes=512", "passes=12"] {
            let (run, model) = finished(words, budget);
            let limit: Budget = budget.parse().unwrap();
            let (standing, work) = (run.standing(), run.work());
            // What is told is what was computed, to the last row.
            assert_eq!(work.passes, model.plans.len(), "{words}, {budget}");
            assert_eq!(
                work.rows,
                model.plans.iter().map(|plan| plan.queries.len()).sum::<usize>(),
                "{words}, {budget}"
            );
            assert!(limit.used(standing.steps, &work) <= limit.most, "{words}, {budget}: {work:?}");
            if words.starts_with("mcts") {
                cut += usize::from(run.outcome() == Some(Outcome::Budget));
                goes_its_way(&run, words, limit);
                continue;
            }
            let alone = end(words, standing.steps);
            assert_eq!((alone.stats.steps, &alone.readings), (standing.steps, &standing.readings), "{words}, {budget}");
            let whole = alone.work.unwrap();
            // A step that did not become whole leaves its passes and nothing else.
            let partial = work.passes > whole.passes;
            cut += usize::from(partial);
            assert!(partial || work == whole, "{words}, {budget}: {work:?} and {whole:?}");
            if run.outcome() == Some(Outcome::Budget) && limit.measure != Measure::Steps {
                let next = end(words, standing.steps + 1);
                let more = limit.used(next.stats.steps, &next.work.unwrap());
                assert!(more > limit.most, "{words}, {budget}: step {} would have fitted", standing.steps);
            }
        }
    }
    assert!(cut > 3, "searches and rebuilds were cut within a step");
}

/// A search looks ahead as far as its most steps, so its path is the beginning of a run that has as many of them. Passes of a
/// step that did not become whole use the budget up.
fn goes_its_way(run: &Bounded<Numbers>, words: &str, limit: Budget) {
    let whole = end(words, run.options().max_steps);
    let (found, steps) = (&run.standing().readings, run.standing().steps);
    let ids = found.first().map_or(&[][..], |reading| &reading.ids[..]);
    assert_eq!((ids.len(), ids), (steps, &whole.readings[0].ids[..steps]), "{limit}");
    if matches!(limit.measure, Measure::Passes | Measure::Rows) {
        assert_eq!(run.used(), limit.most);
    }
}

#[test]
fn nothing_happens_after_the_end() {
    let (mut run, mut model) = finished("greedy", "steps=2");
    assert_eq!((run.outcome(), run.standing().steps), (Some(Outcome::Budget), 2));
    let passes = model.plans.len();
    assert_eq!(block_on(next_turn(&mut run, &mut model)).unwrap(), Turn::Over);
    assert_eq!(model.plans.len(), passes);
    run.end(Outcome::Stopped);
    assert_eq!(run.outcome(), Some(Outcome::Budget), "it has ended before");
}

#[test]
fn a_step_that_needs_no_pass_is_a_step() {
    // Every token ends a text: the first draw ends all samples, without a row.
    let all: Vec<u32> = (0..24).collect();
    let mut model = ScriptedModel::new(VOCAB).with_eos(&all);
    let mut run = bounded("sample samples=2", "rows=4", &model);
    while block_on(next_turn(&mut run, &mut model)).unwrap() != Turn::Over {}
    assert_eq!((run.outcome(), run.standing().steps, run.work().rows), (Some(Outcome::Eos), 1, 3));
    let mut run = bounded("sample samples=2", "steps=1", &model);
    while block_on(next_turn(&mut run, &mut model)).unwrap() != Turn::Over {}
    assert_eq!((run.outcome(), run.standing().steps), (Some(Outcome::Budget), 1));
}

#[test]
fn a_lane_that_is_stopped_stands_where_it_is() {
    let mut model = ScriptedModel::new(VOCAB);
    let mut run = Bounded::new(&lane("tempo"), None, model.description(), prompt(), Numbers).unwrap();
    for _ in 0..6 {
        block_on(next_turn(&mut run, &mut model)).unwrap();
    }
    run.end(Outcome::Stopped);
    assert_eq!(block_on(next_turn(&mut run, &mut model)).unwrap(), Turn::Over);
    assert_eq!(run.standing().steps, 4, "the run event and the prompt come first");
    assert!(run.standing().paths >= Some(1.0) && run.text().is_some());
}

#[test]
fn the_text_so_far_is_the_most_probable_one() {
    let mean = |reading: &ReadingEvent| reading.log_probability / reading.ids.len() as f64;
    let mut later = 0;
    for seed in 0..8 {
        let (run, _) = finished(&format!("sample samples=4 temperature=3 seed={seed}"), "steps=4");
        let text = run.text().unwrap();
        assert!(run.standing().readings.iter().all(|reading| mean(reading) <= mean(text)));
        later += usize::from(Some(text) != run.standing().readings.first());
    }
    assert!(later > 0, "the first one every time would tell nothing");
    let (run, _) = finished("tempo reading=probable", "steps=4");
    assert_eq!(run.text(), run.standing().readings.first());
}

#[test]
fn the_lane_that_has_used_least_goes_next() {
    assert_eq!(next_lane([Some(3), Some(2), None, Some(2)]), Some(1));
    assert_eq!(next_lane([None, Some(9.5)]), Some(1));
    assert_eq!(next_lane([None::<usize>, None]), None);
}

#[test]
fn readings_are_scored_as_plain_text() {
    let (run, mut model) = finished("beam beams=3", "steps=4");
    let judged = block_on(judge(&mut model, run.prompt(), &run.standing().readings)).unwrap();
    assert_eq!(judged.len(), 3);
    for judged in &judged {
        // A beam knows the score of its text; the pass that scores it knows nothing of beams.
        assert!((judged.sum - judged.reading.log_probability).abs() < 1e-4, "{judged:?}");
    }
    let best = best(&judged).unwrap();
    assert!(judged.iter().all(|other| other.mean() <= best.mean()));
    let row = LaneRow::new("beam beams=3", &run, &judged, 1.5);
    assert_eq!((row.distinct_readings, row.steps, row.work), (3, 4, run.work()));
    assert_eq!((row.reading.as_str(), row.mean_log_probability), (best.reading.text.as_str(), best.mean()));
}

#[test]
fn equal_readings_are_judged_once_and_none_is_worst() {
    let (run, mut model) = finished("tempo max-set=1 readings=4", "steps=3");
    assert_eq!((run.standing().readings.len(), distinct(&run.standing().readings).len()), (6, 1));
    let judged = block_on(judge(&mut model, run.prompt(), &run.standing().readings)).unwrap();
    assert_eq!(judged.len(), 1);
    let empty = ReadingEvent { ids: Vec::new(), ..judged[0].reading.clone() };
    let both = [Judged { reading: empty, sum: 0.0 }, judged[0].clone()];
    assert_eq!(best(&both), Some(&judged[0]));
    assert_eq!(best(&both[..1]).and_then(Judged::mean), None);
    // A text beyond the context cannot be scored.
    let long = ReadingEvent { ids: vec![TokenId(1); 62], ..judged[0].reading.clone() };
    assert!(block_on(judge(&mut model, run.prompt(), &[long])).unwrap().is_empty());
}

#[test]
fn budgets_are_read_and_judged() {
    let model = ScriptedModel::new(VOCAB);
    let check = |words: &str| words.parse::<Budget>().unwrap().check(3, model.description());
    for (words, small) in
        [("steps=1", None), ("passes=1", Some(2)), ("passes=2", None), ("rows=3", Some(4)), ("rows=4", None)]
    {
        let needed = check(words).err().map(|error| match error {
            BudgetError::Small { needed, .. } => needed,
            other => panic!("{other}"),
        });
        assert_eq!(needed, small, "{words}");
    }
    // Two layers, a head of two numbers, keys and values of four bytes each: 32 bytes a row.
    assert!(check("bytes=127").is_err() && check("bytes=128").is_ok());
    assert_eq!("rows = 12".parse::<Budget>().unwrap().to_string(), "rows=12");
    for words in ["", "rows", "rows=0", "rows=-1", "rows=1.5", "tokens=3", "rows=3=4"] {
        assert!(words.parse::<Budget>().is_err(), "{words}");
    }
}

#[test]
fn a_lane_is_as_long_as_its_budget_unless_it_says() {
    let model = ScriptedModel::new(VOCAB);
    for (words, budget, most) in [
        ("greedy", "steps=5", 5),
        ("greedy", "passes=9", 9),
        ("greedy", "rows=20", 18),
        ("greedy", "rows=999", 62),
        ("greedy capacity=10", "bytes=99999", 8),
        ("greedy max-steps=2", "steps=5", 2),
    ] {
        assert_eq!(bounded(words, budget, &model).options().max_steps, most, "{words}, {budget}");
    }
    let refused = Bounded::new(&lane("beam capacity=2"), None, model.description(), prompt(), Numbers);
    assert!(matches!(refused, Err(super::bounded::BoundedError::Setup(_))));
}

#[test]
fn a_measured_pass_costs_the_budget_nothing() {
    // A lane refuses the meter, for its table shows none; the count holds for it all the same.
    let mut lane = lane("tempo selection-threshold=0.08");
    let bare = finished("tempo selection-threshold=0.08", "rows=20").0;
    lane.options.exact_limit = 64;
    let mut model = ScriptedModel::new(VOCAB);
    let budget = Some("rows=20".parse().unwrap());
    let mut run = Bounded::new(&lane, budget, model.description(), prompt(), Numbers).unwrap();
    while block_on(next_turn(&mut run, &mut model)).unwrap() != Turn::Over {}
    assert_eq!((run.work(), run.standing()), (bare.work(), bare.standing()));
    assert_ne!(run.work(), Work::default());
    assert!(model.plans.len() > run.work().passes);
}
