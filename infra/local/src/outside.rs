//! What each function is given from outside: its own environment, and AWS clients that obey its own policy.
//!
//! The `App` is put together by the code that does it in Lambda (`runtime::assemble`), once per function, as in Lambda:
//! so a variable that the template forgets is missing here too, and so is a permission.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{App, Clock, IdSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use carriers::{Downloads, HttpExecutor};
use runtime::{BucketAt, Environment, Surroundings, SystemIds};
use secrecy::SecretString;

use crate::engines_client::Engines;
use crate::functions::Functions;
use crate::linked;
use crate::permissions::{Denials, Gate};
use crate::stack::StartError;
use crate::template::{Template, TemplateError};

/// The secret of the template that holds the operator's key.
const OPERATOR_KEY: &str = "OperatorKey";
/// The id and the secret of what Lambda would give a function.
pub const LOCAL_KEY: &str = "local";
/// Random bytes in a generated secret.
const SECRET_BYTES: usize = 24;

/// What is outside of the functions.
pub struct Outside {
    /// The embedded services.
    pub engines: Engines,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way to the carriers.
    pub carriers: Arc<dyn HttpExecutor>,
    /// The way to files that others name.
    pub downloads: Arc<dyn Downloads>,
    /// Where the files of messages are.
    pub bucket: BucketAt,
    /// Where refusals are noted.
    pub denials: Denials,
}

impl Outside {
    /// Gives every function of the template its surroundings and its handler.
    pub async fn link(&self, template: &Template) -> Result<Functions, StartError> {
        let mut functions = BTreeMap::new();
        for function in &template.functions {
            let gate = Gate::new(
                &function.name,
                &function.statements,
                &self.denials,
                SharedHttpClient::new(self.engines.clone()),
            );
            let app = self.app(&function.name, &function.environment, SharedHttpClient::new(gate)).await?;
            let handler = linked::handler(&function.name, app).ok_or_else(|| {
                TemplateError::at(&function.id, format!("no crate {} is linked in", function.name))
            })?;
            functions.insert(function.id.clone(), (function.timeout, handler));
        }
        Ok(Functions::new(functions))
    }

    /// Gives every secret of the template that has no value yet a random one. Returns the operator's key.
    pub async fn generate_secrets(&self, template: &Template) -> Result<SecretString, StartError> {
        let nothing = BTreeMap::new();
        // Like CloudFormation, this may do everything: no policy stands before it.
        let app = self.app("CloudFormation", &nothing, SharedHttpClient::new(self.engines.clone())).await?;
        let mut operator_key = SecretString::default();
        for (id, name) in &template.secrets {
            let value = if let Some(value) = app.secrets.get(name).await? {
                value
            } else {
                let value = random_text(app.ids.as_ref());
                app.secrets.put(name, value.clone()).await?;
                value
            };
            if id == OPERATOR_KEY {
                operator_key = value;
            }
        }
        Ok(operator_key)
    }

    async fn app(
        &self,
        name: &str,
        variables: &BTreeMap<String, String>,
        aws: SharedHttpClient,
    ) -> Result<App, StartError> {
        let failed = |source| StartError::Function { function: name.to_owned(), source };
        let variable = |variable: &str| variables.get(variable).cloned().or_else(|| set_by_lambda(variable));
        let environment =
            Environment::from_variables(variable, &[]).map_err(|problems| failed(problems.into()))?;
        let surroundings = Surroundings {
            aws,
            clock: self.clock.clone(),
            ids: Arc::new(SystemIds),
            carriers: self.carriers.clone(),
            downloads: self.downloads.clone(),
            bucket: Some(self.bucket.clone()),
        };
        runtime::assemble(environment, surroundings).await.map_err(failed)
    }
}

/// The variables that Lambda sets by itself, and a table's name for functions that have no business with the table.
fn set_by_lambda(variable: &str) -> Option<String> {
    let value = match variable {
        "AWS_REGION" => engines::REGION,
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => LOCAL_KEY,
        "TABLE_NAME" => "no-table",
        _ => return None,
    };
    Some(value.to_owned())
}

fn random_text(ids: &dyn IdSource) -> SecretString {
    let mut bytes = [0; SECRET_BYTES];
    ids.fill(&mut bytes);
    BASE64_URL.encode(bytes).into()
}
