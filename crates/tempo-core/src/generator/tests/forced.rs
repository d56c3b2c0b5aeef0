//! Sets that the caller has said.

use super::*;

#[test]
fn a_forced_set_is_as_if_it_had_been_chosen() {
    let free = events(|o| o.removal = RemovalMode::Mask);
    for digests in [false, true] {
        let mut model = ScriptedModel::new(24);
        model.digests = digests.then_some(3);
        let ids = PROMPT.into_iter().map(TokenId).collect();
        let prompt = Prompt { text: String::new(), ids };
        let mut options = options(|o| o.removal = RemovalMode::Mask);
        // It would choose one token at every step.
        options.max_set = 1;
        let mut generator = Generator::new(options, model.description(), prompt, Numbers).unwrap();
        for step in steps(&free) {
            let mut ids: Vec<TokenId> = step.set.iter().map(|member| member.id).collect();
            ids.reverse();
            generator.force(ids).unwrap();
            let event = loop {
                match block_on(next_event(&mut generator, &mut model)).unwrap() {
                    Some(Event::Step(step)) => break step,
                    Some(_) => {}
                    None => panic!("the run goes on"),
                }
            };
            assert_eq!((&event.set, &event.received, &event.verdicts), (&step.set, &step.received, &step.verdicts));
            assert_eq!(event.chain, step.chain);
        }
        for ids in [vec![], vec![TokenId(1), TokenId(1)]] {
            assert_eq!(generator.force(ids), Err(SetupError::ForcedSet));
        }
        assert!(matches!(generator.force(vec![TokenId(24)]), Err(SetupError::UnknownToken { id: 24, .. })));
    }
}
