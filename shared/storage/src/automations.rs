//! Automations, and what became of each run of one.
//!
//! A run is an item of its own, named by what started it: however often the stream tells of that, it is run until it has
//! come to its end, and never again.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    automation::{AUTOMATIONS_MAX, Assign, Automation, Trigger},
    id::{AccountId, AutomationId, ConversationId, EventId, TemplateId},
    message::{Message, Origin},
    name::DisplayName,
    timeline::Entry,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    administered::{Written, over},
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    write::Expect,
};

/// How long a run is remembered: longer than the stream repeats anything (24 hours).
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How far back is looked for what the product itself has sent: machines that answer each other leave few other entries.
const LOOK_BACK: u32 = 50;

/// An automation as it was read.
#[derive(Clone, Debug)]
pub struct AutomationRecord {
    /// The automation.
    pub automation: Automation,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// What became of an automation that was to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveAutomation {
    /// It is saved.
    Saved,
    /// Somebody else has changed or removed it.
    Changed,
    /// There is no such template.
    NoSuchTemplate,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AutomationItem {
    id: AutomationId,
    name: DisplayName,
    trigger: Trigger,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<TemplateId>,
    #[serde(default)]
    assign: Assign,
    enabled: bool,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for AutomationItem {
    const KIND: &'static str = "automation";
}

impl From<AutomationItem> for AutomationRecord {
    fn from(it: AutomationItem) -> Self {
        let AutomationItem { id, name, trigger, template, assign, enabled, created_at, version } = it;
        Self { automation: Automation { id, name, trigger, template, assign, enabled, created_at }, version }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AutomationRunItem {
    #[serde(with = "millis")]
    at: Timestamp,
    ended: bool,
}

impl Stored for AutomationRunItem {
    const KIND: &'static str = "automation_run";
}

impl AccountStore {
    /// An automation of the account.
    pub async fn automation(&self, id: AutomationId) -> Result<Option<AutomationRecord>, StoreError> {
        let item: Option<AutomationItem> = self.store.get(keys::automation(self.account, id)).await?;
        Ok(item.map(AutomationRecord::from))
    }

    /// A page of the account's automations, in the order in which they were made.
    pub async fn automations(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Automation>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::automations(self.account), page.limit);
        let read = |item| Ok(AutomationRecord::from(read::<AutomationItem>(item)?).automation);
        self.page("automations", request, page, read).await
    }

    /// All automations of the account: there are at most [`AUTOMATIONS_MAX`], or a few more that were made at the same
    /// moment.
    pub async fn all_automations(&self) -> Result<Vec<Automation>, StoreError> {
        let limit = u32::try_from(AUTOMATIONS_MAX).unwrap_or(u32::MAX).saturating_mul(2);
        let found = self.store.query(Read::new(Index::Table, keys::automations(self.account), limit)).await?;
        let items = found.items.into_iter();
        items.map(|item| Ok(AutomationRecord::from(read::<AutomationItem>(item)?).automation)).collect()
    }

    /// Saves an automation over the version that was read, with the traces of the change. Its template has to exist at that
    /// moment.
    pub async fn save_automation(
        &self,
        record: &AutomationRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<SaveAutomation, StoreError> {
        let it = record.automation.clone();
        let Automation { id, name, trigger, template, assign, enabled, created_at } = it;
        let version = record.version.saturating_add(1);
        let item = AutomationItem { id, name, trigger, template, assign, enabled, created_at, version };
        let item = NewItem::new(keys::automation(self.account, id), &item)?;
        let needed = template.map(|it| keys::template(self.account, it)).into_iter().collect();
        Ok(match self.administer(item, over(record.version), needed, traces).await? {
            Written::Done => SaveAutomation::Saved,
            Written::Changed => SaveAutomation::Changed,
            Written::Lacks(_) => SaveAutomation::NoSuchTemplate,
        })
    }

    /// Removes an automation; `false`: somebody else has changed or removed it.
    pub async fn remove_automation(
        &self,
        record: &AutomationRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let key = keys::automation(self.account, record.automation.id);
        self.discard(key, record.version, None, traces).await
    }

    /// How many messages the product itself has sent in a conversation since then, among the newest [`LOOK_BACK`] entries.
    pub async fn automatic_since(
        &self,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<usize, StoreError> {
        let newest = self.entries_below(conversation, u64::MAX, LOOK_BACK).await?.entries;
        let recent = newest.iter().take_while(|entry| entry.at > since);
        let origin = |entry: &Entry| entry.message().and_then(Message::delivery).map(|it| it.origin);
        Ok(recent.filter(|entry| origin(entry) == Some(Origin::Notification)).count())
    }

    /// Begins a run of an automation, or goes on with one that was interrupted; `false`: it has come to its end before.
    pub async fn begin_automation(
        &self,
        automation: AutomationId,
        event: EventId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = || keys::automation_run(self.account, automation, event);
        let item = NewItem::new(key(), &AutomationRunItem { at, ended: false })?;
        let item = match at.checked_add(REMEMBERED_FOR) {
            Ok(end) => item.expiring(end),
            Err(_) => item,
        };
        if self.store.put_if(item, Expect::absent()).await? {
            return Ok(true);
        }
        let found: Option<AutomationRunItem> = self.store.get(key()).await?;
        Ok(found.is_none_or(|run| !run.ended))
    }

    /// Notes that a run has come to its end.
    pub async fn end_automation(&self, automation: AutomationId, event: EventId) -> Result<(), StoreError> {
        let key = keys::automation_run(self.account, automation, event);
        let values = vec![(":ended", AttributeValue::Bool(true))];
        self.store.update_if(key, "SET ended = :ended", values, "attribute_exists(pk)").await.map(drop)
    }
}
