//! What a request says about a team or a role.

use app::teams::TeamChange;
use domain::name::DisplayName;
use http_api::resource::Grants;
use http_api::{Problem, object, optional_object, schema};
use serde::{Deserialize, Serialize};

/// A team or a role to create.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTeamOrRole)]
pub(crate) struct NewBody {
    /// Its name. Names that differ by upper and lower case only are the same.
    #[schema(value_type = schema::DisplayName, example = "Customer service")]
    name: DisplayName,
    /// What it gives and takes; nothing if absent.
    #[serde(default, deserialize_with = "object")]
    permissions: Grants,
}

impl NewBody {
    pub(crate) fn read(self) -> Result<(DisplayName, domain::access::Grants), Problem> {
        Ok((self.name, self.permissions.read(Some("permissions"))?))
    }
}

/// What to change of a team or a role. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TeamOrRoleChange)]
pub(crate) struct ChangeBody {
    /// Its name.
    #[schema(value_type = Option<schema::DisplayName>, example = "Customer service")]
    name: Option<DisplayName>,
    /// All that it gives and takes.
    #[serde(default, deserialize_with = "optional_object")]
    permissions: Option<Grants>,
}

impl ChangeBody {
    pub(crate) fn read(self) -> Result<TeamChange, Problem> {
        let grants = self.permissions.map(|grants| grants.read(Some("permissions"))).transpose()?;
        Ok(TeamChange { name: self.name, grants })
    }
}
