//! Prompts that begin as the one before did.

use super::*;

/// A run of this prompt on rows that the model holds, and what it holds afterwards.
fn on(
    model: &mut ScriptedModel,
    held: &[TokenId],
    prompt: &[u32],
    options: GenerationOptions,
) -> (Vec<Event>, Vec<u32>) {
    let prompt = Prompt { text: String::new(), ids: prompt.iter().copied().map(TokenId).collect() };
    let mut generator = Generator::new(options, model.description(), prompt, Numbers).unwrap();
    assert!(generator.held().is_empty(), "nothing was computed");
    generator.keep(held);
    let mut events = Vec::new();
    while let Some(event) = block_on(next_event(&mut generator, model)).unwrap() {
        events.push(event);
    }
    (events, generator.held().iter().map(|id| id.0).collect())
}

fn ids(ids: &[u32]) -> Vec<TokenId> {
    ids.iter().copied().map(TokenId).collect()
}

#[test]
fn rows_that_are_held_are_not_computed_again() {
    let longer = [3, 7, 1, 9, 9, 4, 2];
    for change in [|_: &mut GenerationOptions| (), |o: &mut GenerationOptions| o.removal = RemovalMode::Evict] {
        let (fresh, _) = on(&mut ScriptedModel::new(24), &[], &longer, options(change));
        let mut model = ScriptedModel::new(24);
        let (_, held) = on(&mut model, &[], &PROMPT, options(change));
        assert_eq!(held, PROMPT);
        let (resumed, held) = on(&mut model, &ids(&held), &longer, options(change));
        assert_eq!(held, longer);
        assert_eq!(steps(&fresh), steps(&resumed));
        let rows = |events: &[Event]| end(events).work.unwrap().rows;
        assert_eq!(rows(&fresh) - rows(&resumed), PROMPT.len());
    }
}

#[test]
fn what_is_kept_is_what_both_begin_with_and_never_the_last_token() {
    let kept = |held: &[u32], prompt: &[u32]| {
        let mut model = ScriptedModel::new(24);
        on(&mut model, &[], &[3, 7, 1, 9], options(|_| ()));
        let from = model.plans.len();
        on(&mut model, &ids(held), prompt, options(|_| ()));
        model.plans[from].queries[0].slot.index()
    };
    assert_eq!(kept(&[3, 7, 1, 9], &[3, 7, 2, 9]), 2);
    assert_eq!(kept(&[3, 7, 1, 9], &[3, 7, 1, 9]), 3, "the first set is chosen by the last row");
    assert_eq!(kept(&[3, 7, 1, 9], &[3]), 0);
    assert_eq!(kept(&[3, 7, 1, 9], &[4, 7]), 0);
}

#[test]
fn rows_that_a_budget_gave_away_are_not_held() {
    let mut model = ScriptedModel::new(24);
    let (_, held) = on(&mut model, &[], &[3, 7, 1, 9, 2, 6], options(|o| (o.budget, o.budget_recent) = (6, 2)));
    assert!(held.len() < 6, "{held:?}");
}

#[test]
fn a_model_that_cannot_go_on_begins_anew() {
    let mut model = ScriptedModel::new(24);
    model.resumes = false;
    on(&mut model, &[], &PROMPT, options(|_| ()));
    let from = model.plans.len();
    let (events, _) = on(&mut model, &ids(&PROMPT), &PROMPT, options(|_| ()));
    assert_eq!(model.plans[from].queries.len(), PROMPT.len());
    assert_eq!(events, on(&mut ScriptedModel::new(24), &[], &PROMPT, options(|_| ())).0);
}
