//! The tour in the README, replayed word for word.
//!
//! The shell blocks of the chapter "The tour" run in one shell, in their order, against a product of this process. Where a
//! block is followed by a block of JSON, its answers must have all that is shown there: more members may come, lists have
//! exactly the shown entries, and a text that ends in `…` stands for any text that begins alike.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use local::{Options, Running};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const README: &str = include_str!("../../README.md");
/// Stands in the output where a block ends.
const END_OF_BLOCK: &str = "== end of block ==";
/// Longest that the whole tour may take. It waits for receipts and for a snooze of ten seconds.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two runs of the schedules, which come once a minute in a real product.
const SCHEDULES: Duration = Duration::from_millis(500);

/// A block of the tour with what it should answer, if the README shows that.
struct Step {
    shell: String,
    shown: Option<String>,
}

/// Reads the fenced blocks of the chapter.
fn steps() -> Vec<Step> {
    let (_, chapter) = README.split_once("\n## The tour\n").expect("the chapter");
    let (chapter, _) = chapter.split_once("\n## ").expect("a chapter after it");
    let mut steps: Vec<Step> = vec![];
    let mut fences = chapter.split("\n```");
    fences.next();
    while let (Some(block), Some(_between)) = (fences.next(), fences.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        match language {
            "sh" => steps.push(Step { shell: text.to_owned(), shown: None }),
            "json" => {
                let step = steps.last_mut().expect("an answer follows a block of shell");
                assert!(step.shown.replace(text.to_owned()).is_none(), "two answers to one block:\n{text}");
            }
            other => panic!("the tour has a block of {other}"),
        }
    }
    steps
}

/// Runs a script to its end and returns what it printed.
#[expect(clippy::disallowed_methods, reason = "how long a shell may take")]
fn run(script: &str, running: &Running) -> String {
    let mut shell = Command::new("bash")
        .args(["-euc", script])
        .env("TEXTDESK_URL", running.base_url.as_str().trim_end_matches('/'))
        .env("OPERATOR_KEY", running.operator_key.expose_secret())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = shell.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        printed.read_to_string(&mut text).unwrap();
        text
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = shell.try_wait().unwrap() {
            break Some(status);
        }
        if start.elapsed() > PATIENCE {
            shell.kill().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = reader.join().unwrap();
    assert!(status.is_some_and(|status| status.success()), "the tour stops with {status:?} after:\n{text}");
    text
}

/// All JSON values of a text, one after the other.
fn values(text: &str) -> Vec<Value> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("not JSON ({error}):\n{text}"))
}

/// Whether `answer` has everything that `shown` shows.
fn has(answer: &Value, shown: &Value) -> bool {
    match (answer, shown) {
        (Value::Object(answer), Value::Object(shown)) => {
            shown.iter().all(|(name, shown)| answer.get(name).is_some_and(|answer| has(answer, shown)))
        }
        (Value::Array(answer), Value::Array(shown)) => {
            answer.len() == shown.len() && answer.iter().zip(shown).all(|(answer, shown)| has(answer, shown))
        }
        (Value::String(answer), Value::String(shown)) => match shown.strip_suffix('…') {
            Some(beginning) => answer.starts_with(beginning),
            None => answer == shown,
        },
        _ => answer == shown,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_works_word_for_word() {
    let steps = steps();
    assert!(steps.len() > 10, "the tour has only {} blocks", steps.len());
    let blocks: Vec<&str> = steps.iter().map(|step| step.shell.as_str()).collect();
    let end_of_block = format!("\nprintf '\\n%s\\n' '{END_OF_BLOCK}'\n");
    let script = blocks.join(&end_of_block);

    let options = Options { port: 0, data: None, clock: None, downloads: None, schedules: false };
    let running = std::sync::Arc::new(local::start(options).await.unwrap());
    let minutes = tokio::spawn({
        let running = running.clone();
        async move {
            loop {
                running.run_schedules().await.unwrap();
                tokio::time::sleep(SCHEDULES).await;
            }
        }
    });
    let replay = tokio::task::spawn_blocking({
        let running = running.clone();
        move || run(&script, &running)
    });
    let printed = replay.await.unwrap();
    minutes.abort();

    let outputs: Vec<&str> = printed.split(END_OF_BLOCK).collect();
    assert_eq!(outputs.len(), steps.len());
    for (step, output) in steps.iter().zip(outputs) {
        let Some(shown) = &step.shown else { continue };
        let (answers, shown) = (values(output), values(shown));
        let matches = answers.len() == shown.len() && answers.iter().zip(&shown).all(|(a, s)| has(a, s));
        assert!(matches, "{}\nanswers {answers:#?}\nthe README shows {shown:#?}", step.shell);
    }
    assert_eq!(running.denials.list(), Vec::<String>::new());
}

#[test]
fn an_answer_may_have_more_than_is_shown_but_not_less_or_something_else() {
    let check = |answer: Value, shown: Value, expected| assert_eq!(has(&answer, &shown), expected, "{shown}");
    check(json!({"a": 1, "b": 2}), json!({"a": 1}), true);
    check(json!({"a": 1}), json!({"a": 2}), false);
    check(json!({"a": 1}), json!({"a": 1, "b": 2}), false);
    check(json!([1]), json!([1, 2]), false);
    check(json!([1, 2]), json!([1]), false);
    check(json!("msg_17"), json!("msg_…"), true);
    check(json!("cnv_17"), json!("msg_…"), false);
    check(json!(null), json!("…"), false);
}
