//! Users, teams, roles, overrides and API keys through the API: who joins, who may do what, who leaves.

mod api_keys;
mod invitations;
mod leaving;
mod overrides;
mod reach;
mod sight;
mod teams;
