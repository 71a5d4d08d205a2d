//! The command line.

use std::path::PathBuf;

use url::Url;

/// What `--help` says.
pub(crate) const USAGE: &str = "\
textdesk-local: the whole of Textdesk in one process

  --data FOLDER      where data is kept between runs (default .data); `memory` keeps nothing
  --port PORT        where to listen (default 8080; 0 for any)
  --no-demo          do not set up the demo business in an empty store
  --only-simulator   only the phones and their carrier, for a product that runs elsewhere
  --carrier URL      with --only-simulator: where that product reaches the carrier (default: this machine)
  --help             this text
";

/// How to start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) data: Option<PathBuf>,
    pub(crate) port: u16,
    pub(crate) demo: bool,
    pub(crate) only_simulator: bool,
    pub(crate) carrier: Option<Url>,
}

impl Arguments {
    /// Reads the command line. `None`: help was asked for. An error is a sentence for the person at the keyboard.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self {
            data: Some(PathBuf::from(".data")),
            port: 8080,
            demo: true,
            only_simulator: false,
            carrier: None,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value."));
            match word.as_str() {
                "--data" => {
                    arguments.data = Some(value()?).filter(|data| data != "memory").map(PathBuf::from);
                }
                "--port" => {
                    arguments.port = value()?.parse().map_err(|_| "--port needs a number up to 65535.")?;
                }
                "--carrier" => {
                    arguments.carrier = Some(value()?.parse().map_err(|_| "--carrier needs a URL.")?);
                }
                "--no-demo" => arguments.demo = false,
                "--only-simulator" => arguments.only_simulator = true,
                "--help" | "-h" => return Ok(None),
                unknown => return Err(format!("{unknown} is not an option.")),
            }
        }
        Ok(Some(arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_options_data_is_kept_and_the_demo_is_set_up() {
        let arguments = parse("").unwrap().unwrap();
        assert_eq!(
            (arguments.data, arguments.port, arguments.demo),
            (Some(PathBuf::from(".data")), 8080, true)
        );
    }

    #[test]
    fn memory_keeps_nothing() {
        assert_eq!(parse("--data memory --port 0").unwrap().unwrap().data, None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, problem) in [
            ("--port x", "--port needs a number up to 65535."),
            ("--port", "--port needs a value."),
            ("--carrier x", "--carrier needs a URL."),
            ("--colour red", "--colour is not an option."),
        ] {
            assert_eq!(parse(line).unwrap_err(), problem);
        }
    }
}
