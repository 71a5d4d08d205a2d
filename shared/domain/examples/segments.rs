//! Segments beside those of another calculator: how many, and how long each takes (`tests/sdks/run`).
//!
//! Reads JSON from standard input: a list of texts, each with the other's `segments` and `nanoseconds`. Ends with a failure if
//! the two do not count alike.

#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::{hint::black_box, io::stdin, time::Instant};

use domain::segments::segment;
use serde::Deserialize;

const ROUNDS: u32 = 1_000;

#[derive(Deserialize)]
struct Compared {
    text: String,
    segments: u32,
    nanoseconds: f64,
}

fn main() -> Result<(), String> {
    let all: Vec<Compared> = serde_json::from_reader(stdin()).map_err(|error| error.to_string())?;
    for Compared { text, segments, nanoseconds } in &all {
        let counted = segment(text).segments;
        if counted != *segments {
            return Err(format!("{counted} segments instead of {segments}: {text}"));
        }
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            black_box(segment(black_box(text)));
        }
        let ours = begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
        let start: String = text.chars().take(12).collect();
        println!(
            "{start:>12}…  theirs {nanoseconds:>9.0} ns, ours {ours:>7.0} ns: {:.0} times",
            nanoseconds / ours
        );
    }
    Ok(())
}
