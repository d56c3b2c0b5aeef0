//! A model that computes a prompt once for many runs on it.

use tempo_core::{LanguageModel, Logits, ModelDescription, Query, Readout, StepPlan};

/// Passes plans on, but answers a prompt that the cache still holds from memory. Always returns whole rows of logits.
///
/// A prompt is a pass of plain text from row 0 on. Later passes leave its rows as they are, or it is forgotten; rows behind it
/// may hold anything, for a plan says what every row is.
#[derive(Debug)]
pub struct Shared<'a, M> {
    model: &'a mut M,
    /// Rows that there is room for.
    room: usize,
    prompt: Option<(Vec<Query>, Vec<f32>)>,
    passes: usize,
}

impl<'a, M: LanguageModel> Shared<'a, M> {
    /// Nothing is computed yet.
    pub fn new(model: &'a mut M) -> Self {
        Self { model, room: 0, prompt: None, passes: 0 }
    }

    /// Passes that the model has computed.
    pub fn passes(&self) -> usize {
        self.passes
    }
}

/// Whether a plan computes a text from its beginning and reads its last row.
fn is_prompt(plan: &StepPlan) -> bool {
    let queries = &plan.queries;
    let plain = queries.iter().enumerate().all(|(index, query)| {
        query.row.index() == index && query.position.0 as usize == index && query.set.index() == index
    });
    plain
        && plan.biases.is_empty()
        && plan.keys.len() == queries.len()
        && plan.layer_weights.is_empty()
        && plan.logits == (queries.len() - 1..queries.len())
}

impl<M: LanguageModel> LanguageModel for Shared<'_, M> {
    type Error = M::Error;

    fn description(&self) -> &ModelDescription {
        self.model.description()
    }

    async fn begin(&mut self, rows: usize) -> Result<(), M::Error> {
        if rows <= self.room {
            return Ok(());
        }
        self.room = rows.next_power_of_two();
        self.prompt = None;
        self.model.begin(self.room).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), M::Error> {
        if rows <= self.room {
            return Ok(());
        }
        self.room = rows.next_power_of_two();
        self.model.grow(self.room).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, M::Error> {
        let prompt = is_prompt(plan);
        if let Some((queries, logits)) = self.prompt.as_ref().filter(|_| prompt)
            && *queries == plan.queries
        {
            return Ok(Readout { logits: Logits::Rows(logits.clone()), received: Vec::new() });
        }
        let held = self.prompt.as_ref().map_or(0, |(queries, _)| queries.len());
        if plan.queries.iter().any(|query| query.row.index() < held) {
            self.prompt = None;
        }
        self.passes += 1;
        let readout = self.model.forward(&StepPlan { digest: None, ..plan.clone() }).await?;
        if prompt {
            self.prompt = readout.logits.rows().map(|rows| (plan.queries.clone(), rows.to_vec()));
        }
        Ok(readout)
    }

    async fn logits(&mut self) -> Result<Vec<f32>, M::Error> {
        self.model.logits().await
    }
}
