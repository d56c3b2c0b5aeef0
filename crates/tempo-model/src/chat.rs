//! The template by which a model takes part in a conversation, as its files have it.

use serde_json::Value;

/// Tokens that few templates name, by their variables.
const OTHERS: [&str; 5] = ["unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

/// A chat template, and the tokens that it may name. `tempo-chat` makes texts with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatFile {
    /// The template, a Jinja program.
    pub template: String,
    /// The begin-of-text token, empty where the files name none.
    pub bos: String,
    /// The end-of-text token, empty where the files name none.
    pub eos: String,
    /// Other tokens that the files name, each with the variable by which a template knows it.
    pub others: Vec<(&'static str, String)>,
}

impl ChatFile {
    /// What `tokenizer_config.json` says, with the template that has a file of its own, if there is one.
    pub(crate) fn of(own: Option<String>, config: &Value) -> Option<Self> {
        // One template, or several with names.
        let one = &config["chat_template"];
        let named = || one.as_array()?.iter().find(|each| each["name"] == "default");
        let template = own.or_else(|| Some(one.as_str().or_else(|| named()?["template"].as_str())?.to_owned()))?;
        // A token as text, or with what else there is to say of it.
        let token = |key: &str| {
            let token = &config[key];
            token.as_str().or_else(|| token["content"].as_str()).unwrap_or_default().to_owned()
        };
        let others = OTHERS.map(|key| (key, token(key))).into_iter().filter(|(_, token)| !token.is_empty()).collect();
        Some(Self { template, bos: token("bos_token"), eos: token("eos_token"), others })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_texts_or_objects() {
        let bos = json!({"content": "<s>", "lstrip": false});
        let pad = json!({"content": "<pad>"});
        let config = json!({"bos_token": bos, "eos_token": "</s>", "pad_token": pad, "chat_template": "t"});
        let found = ChatFile::of(None, &config).unwrap();
        assert_eq!((found.template.as_str(), found.bos.as_str(), found.eos.as_str()), ("t", "<s>", "</s>"));
        assert_eq!(found.others, [("pad_token", "<pad>".to_owned())]);
        let found = ChatFile::of(Some("own".into()), &json!({"bos_token": null})).unwrap();
        assert_eq!(found, ChatFile { template: "own".into(), ..ChatFile::default() });
    }
}
