//! What a change leaves behind besides itself: entries of the audit log, and mails to send.
//!
//! They are written in the transaction of the change, so none of them exists without the other (I11).

use domain::{audit::AuditEntry, id::AccountId, mail::Mail};

use crate::{AccountStore, Store, error::StoreError, transact::Transaction};

/// What a change leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// What the audit log of the account tells of it.
    pub audit: Vec<AuditEntry>,
    /// Who is written to.
    pub mails: Vec<Mail>,
}

impl From<AuditEntry> for Traces {
    fn from(entry: AuditEntry) -> Self {
        Self { audit: vec![entry], mails: Vec::new() }
    }
}

impl Traces {
    /// The same with one more mail.
    #[must_use]
    pub fn and_mail(mut self, mail: Mail) -> Self {
        self.mails.push(mail);
        self
    }
}

/// What a change leaves behind in several accounts: what a master does to its sub account is in the logs of both.
pub type TracesOfAll = Vec<(AccountId, Traces)>;

impl Store {
    /// Adds the traces of several accounts to the transaction of their change.
    pub(crate) fn leave_in<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        traces: &[(AccountId, Traces)],
    ) -> Result<(), StoreError> {
        traces
            .iter()
            .try_for_each(|(account, traces)| self.account(*account).leave(transaction, label, traces))
    }
}

impl AccountStore {
    /// Adds the traces to the transaction of their change.
    pub(crate) fn leave<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        traces: &Traces,
    ) -> Result<(), StoreError> {
        for entry in &traces.audit {
            self.write_audit(transaction, label, entry)?;
        }
        for mail in &traces.mails {
            self.write_mail(transaction, label, mail)?;
        }
        Ok(())
    }
}
