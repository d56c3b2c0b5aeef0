//! Other options in the middle of a run.

use crate::error::{ConfigError, SetupError};
use crate::options::GenerationOptions;
use crate::text::Vocabulary;

use super::Generator;

impl<V: Vocabulary> Generator<V> {
    /// Goes on with other options from the next step; what has happened stays as it is. The next actions make more room
    /// where the new options need it.
    ///
    /// # Errors
    /// When the options make no sense, or when they change what the sequence was laid out by: `positions`, `position_gap`,
    /// `capacity` and `decoder`, or the lanes beside it: `reading_beams`, `exact_limit`, `meter_samples` and
    /// `meter_proposal`. The run then goes on as before.
    pub fn change(&mut self, options: GenerationOptions) -> Result<(), SetupError> {
        let decoder = options.decoder != self.run.options.decoder;
        let options =
            GenerationOptions { capacity: options.capacity.or(self.run.options.capacity), ..options.resolved() };
        let config = options.check(&self.model)?;
        let was = &self.config;
        let fixed = [
            ("decoder", decoder),
            ("positions", config.positions != was.positions),
            ("position_gap", config.position_gap != was.position_gap),
            ("capacity", config.capacity != was.capacity),
            ("reading_beams", config.beside.reading_beams != was.beside.reading_beams),
            ("exact_limit", config.beside.exact_limit != was.beside.exact_limit),
            ("meter_samples", config.beside.meter_samples != was.beside.meter_samples),
            ("meter_proposal", config.beside.meter_proposal != was.beside.meter_proposal),
        ];
        if let Some((field, _)) = fixed.into_iter().find(|(_, changed)| *changed) {
            return Err(ConfigError::Fixed { field }.into());
        }
        self.config = config;
        self.run.options = options;
        Ok(())
    }
}
