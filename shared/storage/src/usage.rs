//! What an account has used in each month: attributes of its balance.
//!
//! The update that settles a message's price counts it too, so counting costs no write of its own and cannot be done twice.
//! Each month is two numbers; those of months that nobody can ask for any more are removed on the way, so the item, which
//! each send writes, stays below the kilobyte that a write unit covers.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::Credits,
    usage::{Month, Used},
};

use crate::{AccountStore, error::StoreError, keys};

/// For so many months before the present one it is known what was used.
pub const MONTHS_KEPT: u32 = 24;

/// The attributes of a month.
fn names(month: Month) -> [String; 2] {
    let digits = month.to_string().replace('-', "");
    [format!("sent_{digits}"), format!("spent_{digits}")]
}

/// The part of the settling update that counts a message and its price `:n`.
pub(crate) fn count_used(month: Month) -> String {
    let [messages, credits] = names(month);
    let [old_messages, old_credits] = names(month.before(MONTHS_KEPT + 1));
    format!("ADD {messages} :one, {credits} :n REMOVE {old_messages}, {old_credits}")
}

impl AccountStore {
    /// What was used in these months; those in which nothing was are left out.
    pub async fn used(
        &self,
        months: impl Iterator<Item = Month>,
    ) -> Result<BTreeMap<Month, Used>, StoreError> {
        let found = self.store.get_many(vec![keys::balance(self.account)], true).await?;
        let Some(balance) = found.into_iter().next() else { return Ok(BTreeMap::new()) };
        let number = |name: &str| match balance.get(name) {
            Some(AttributeValue::N(digits)) => digits.parse::<u64>().ok(),
            _ => None,
        };
        let used = |month: Month| {
            let [messages, credits] = names(month);
            let credits = Credits::new(number(&credits).unwrap_or_default()).ok()?;
            Some((month, Used { messages: number(&messages)?, credits }))
        };
        Ok(months.filter_map(used).collect())
    }
}
