//! Infobip's proof (Infobip, "Subscriptions API", security type Basic): no signature, but a user name and a password.

use super::credentials::InfobipCredentials;
use crate::{Forged, Limits, Webhook, signing};

pub(super) fn verify(
    hook: &Webhook,
    credentials: &InfobipCredentials,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    signing::check_password(hook, &credentials.webhook_user, &credentials.webhook_passwords)
}
