//! The master gives its sub account credits and takes some back, while both spend theirs.

use app::allocations::{AllocationError, Direction, transfer};
use domain::credits::{Credits, LedgerEntry};

use super::Story;

/// Credits that the master wants to be moved, however often it takes to ask.
pub(crate) struct Move {
    pub(crate) direction: Direction,
    pub(crate) amount: Credits,
    pub(crate) answer: Option<Result<LedgerEntry, String>>,
}

impl Story {
    pub(super) async fn the_master_moves_credits(&mut self) {
        let direction = if self.roll(2) == 0 { Direction::Allocate } else { Direction::Reclaim };
        let amount = u32::try_from(1 + self.roll(20)).unwrap();
        self.moves.push(Move { direction, amount: Credits::from(amount), answer: None });
        self.ask_to_move(self.moves.len() - 1).await;
    }

    pub(super) async fn the_master_asks_again(&mut self) {
        if !self.moves.is_empty() {
            let index = self.roll(self.moves.len());
            self.ask_to_move(index).await;
        }
    }

    pub(super) async fn every_move_is_answered(&mut self) {
        for index in 0..self.moves.len() {
            self.ask_to_move(index).await;
            assert!(self.moves[index].answer.is_some(), "without faults every request is answered");
        }
    }

    /// Asks for credits to be moved, perhaps not for the first time. The same key must give the same answer, and what was
    /// refused for want of credits may be granted later.
    async fn ask_to_move(&mut self, index: usize) {
        let Move { direction, amount, .. } = self.moves[index];
        let (app, master) = (self.world.app.clone(), self.staff[0][0].clone());
        let (sub, key) = (self.staff[1][0].account, format!("move-{index}"));
        let work = async { transfer(&app, &master, sub, direction, amount, &key).await };
        let Some(outcome) = self.perhaps_killed(work).await else { return };
        let answer = match outcome {
            Ok(line) => Ok(line),
            Err(AllocationError::Failure(_)) => return self.memory.mark("move: failure"),
            Err(AllocationError::NotEnough { .. }) => Err("not enough".to_owned()),
            Err(other) => panic!("{other}"),
        };
        let became = if answer.is_ok() { "moved" } else { "not enough" };
        self.memory.mark(format!("{direction:?}: {became}"));
        match (&self.moves[index].answer, &answer) {
            (Some(Ok(before)), now) => {
                assert_eq!(Ok(before), now.as_ref(), "I12: another answer to the same request");
                self.memory.mark("move: answered again");
            }
            _ => self.moves[index].answer = Some(answer),
        }
    }
}
