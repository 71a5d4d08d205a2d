//! Bad days: what the product stands on is away, the credits run out, people do the same thing twice or at once.

mod credits;
mod discretion;
mod outage;
mod repeated;
mod sessions;
