//! Bandwidth's proof (Bandwidth, "Webhooks"): no signature, but the user name and the password of the application.

use super::credentials::BandwidthCredentials;
use crate::{Forged, Limits, Webhook, signing};

pub(super) fn verify(
    hook: &Webhook,
    credentials: &BandwidthCredentials,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    signing::check_password(hook, &credentials.webhook_user, &credentials.webhook_passwords)
}
