//! What a line of a conversation asks for.

use std::path::PathBuf;

/// What `/help` prints.
pub(crate) const HELP: &str = "\
/threshold X     tokens of this probability and more form a set from now on
/thinking WHAT   on, off, or auto: what the model's template does by itself
/system TEXT     the system message; without a text there is none; the conversation begins again
/clear           the conversation begins again
/lattice         the last answer as a lattice
/save FILE       the conversation and the events of its answers, as JSON
/quit            the end, as Ctrl-D
//text           a message that begins with /
";

/// A line, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Nothing was written.
    Nothing,
    /// A message to the model.
    Say(String),
    /// Another selection threshold.
    Threshold(f64),
    /// Whether the model shall think.
    Thinking(Option<bool>),
    /// Another system message, or none.
    System(Option<String>),
    /// The conversation begins again.
    Clear,
    /// The last answer as a lattice.
    Lattice,
    /// The conversation goes to a file.
    Save(PathBuf),
    /// What the commands are.
    Help,
    /// The end.
    Quit,
}

impl Command {
    /// Reads a line; where it is no command that there is, what to write instead.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        if line.trim().is_empty() {
            return Ok(Self::Nothing);
        }
        let Some(command) = line.strip_prefix('/') else { return Ok(Self::Say(line.to_owned())) };
        if command.starts_with('/') {
            return Ok(Self::Say(command.to_owned()));
        }
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let bare = |command: Self| match rest {
            "" => Ok(command),
            rest => Err(format!("/{name} stands alone; {rest:?} is too much")),
        };
        match name {
            "threshold" => {
                rest.parse().map(Self::Threshold).map_err(|_| "/threshold wants a number, as /threshold 0.2".into())
            }
            "thinking" => match rest {
                "on" => Ok(Self::Thinking(Some(true))),
                "off" => Ok(Self::Thinking(Some(false))),
                "auto" => Ok(Self::Thinking(None)),
                _ => Err("/thinking is followed by on, off or auto".into()),
            },
            "system" => Ok(Self::System(Some(rest.to_owned()).filter(|text| !text.is_empty()))),
            "save" if rest.is_empty() => Err("/save wants the name of a file, as /save talk.json".into()),
            "save" => Ok(Self::Save(rest.into())),
            "clear" => bare(Self::Clear),
            "lattice" => bare(Self::Lattice),
            "help" => bare(Self::Help),
            "quit" => bare(Self::Quit),
            other => Err(format!("there is no command /{other}; /help lists them, and //{other} says it to the model")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_messages_or_commands() {
        let parse = |line| Command::parse(line).unwrap();
        assert_eq!(parse(" Hello "), Command::Say(" Hello ".into()));
        assert_eq!(parse("//etc"), Command::Say("/etc".into()));
        assert_eq!(parse(" \t"), Command::Nothing);
        assert_eq!(parse("/threshold 0.2"), Command::Threshold(0.2));
        assert_eq!(parse("/system Be  brief."), Command::System(Some("Be  brief.".into())));
        assert_eq!(parse("/system"), Command::System(None));
        assert_eq!(parse("/thinking auto"), Command::Thinking(None));
        assert_eq!(parse("/save a b.json"), Command::Save("a b.json".into()));
        assert_eq!(parse("/quit"), Command::Quit);
        for line in ["/threshold", "/threshold much", "/thinking", "/save", "/quit now", "/exit", "/"] {
            assert!(Command::parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_help_names_every_command() {
        for line in HELP.lines().filter(|line| !line.starts_with("//")) {
            let example = line.split("  ").next().unwrap();
            let example = example.replace('X', "1").replace("WHAT", "on");
            assert!(!matches!(Command::parse(&example), Err(_) | Ok(Command::Say(_))), "{line}");
        }
    }
}
