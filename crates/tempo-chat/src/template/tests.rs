use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn conversation(turns: &[(Role, &str)]) -> Conversation {
    let mut conversation = Conversation::new(None, date(2026, 3, 5).at(14, 7, 0, 0));
    for (role, text) in turns {
        conversation.say(*role, *text);
    }
    conversation
}

fn template(source: &str) -> Result<Template, ChatError> {
    Template::new(source, Special::default())
}

fn said(source: &str) -> Result<String, ChatError> {
    Ok(template(source)?.question(&conversation(&[(Role::User, "Hi")]))?.text)
}

#[test]
fn cogito_is_told_to_think_by_a_sentence() {
    let source = "{% if false %}Enable deep thinking subroutine.{% endif %}\
        {% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
    let template = template(source).unwrap();
    let mut asked = conversation(&[(Role::User, "Hi")]);
    let text = |asked: &Conversation| template.question(asked).unwrap().text;
    assert_eq!(text(&asked), "user: Hi\n");
    asked.thinking = Some(false);
    assert_eq!(text(&asked), "user: Hi\n");
    asked.thinking = Some(true);
    assert_eq!(text(&asked), "system: Enable deep thinking subroutine.\nuser: Hi\n");
    asked.messages.insert(0, Message::new(Role::System, "Be kind."));
    assert_eq!(text(&asked), "system: Enable deep thinking subroutine.\n\nBe kind.\nuser: Hi\n");
}

#[test]
fn what_cannot_be_answered_is_told_in_words() {
    let words = |result: Result<String, ChatError>| result.unwrap_err().to_string();
    assert_eq!(words(said("{{ raise_exception('No.') }}")), "the model's chat template refuses this conversation: No.");
    let syntax = words(said("a\n{% if %}"));
    assert!(
        syntax.starts_with("the model's chat template cannot be read: ") && syntax.ends_with("(line 2)"),
        "{syntax}"
    );
    let missing = words(said("{{ messages[0].content.no_such_method() }}"));
    assert!(missing.starts_with("the model's chat template fails: "), "{missing}");
    let date = words(said("{{ strftime_now('%!') }}"));
    assert!(date.contains("strftime_now(\"%!\")"), "{date}");
    let template = template("").unwrap();
    for turns in [&[][..], &[(Role::User, "a"), (Role::Assistant, "b")], &[(Role::System, "a")]] {
        assert!(matches!(template.question(&conversation(turns)), Err(ChatError::NothingToAnswer)));
    }
}

#[test]
fn a_template_that_would_never_end_is_stopped() {
    for source in [
        "{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}",
        "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% set ns = namespace(s='ab') %}{% for a in range(90) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{{ 'ab' * 1000000000 }}",
        "{{ range(1000000000000) | list | length }}",
        "{{ messages | tojson(indent=99999999) }}{{ '%99999999999s' | format('a') }}",
    ] {
        let found = said(source);
        assert!(found.as_ref().map_or(true, |text| text.len() < 1 << 20), "{source}");
        assert!(found.is_err() || source.contains("indent"), "{source}");
    }
}

#[test]
fn marks_of_training_are_left_out() {
    let plain = without_generation_tags("{% generation %}a{%- endgeneration -%}{% if generation %}{% x");
    assert_eq!(plain, "{% if true %}a{%- endif -%}{% if generation %}{% x");
}

proptest! {
    #[test]
    fn no_template_panics(source in "(\\{[%{#]-?| |[a-z]{1,5}|'[^']{0,3}'|[0-9.|()\\[\\]=+*<>,:-]|-?[%}#]\\}|\n|for x in messages|if|endif|endfor){0,24}") {
        let _told = said(&source);
    }
}
