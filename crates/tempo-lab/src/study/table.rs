//! A summary for people, in Markdown.

use std::fmt::{self, Display};

use super::spec::Metric;
use super::summary::{Figure, Summary};

/// What a metric answers, in one line.
fn heading(metric: Metric) -> &'static str {
    match metric {
        Metric::Width => "Width: members of a set, and shares of steps",
        Metric::Recall => "Recall: how often the first h gold tokens are found",
        Metric::Cost => "Cost: what the sets cost the gold token, nats a token",
        Metric::Calibration => "Calibration: distance from the exact distribution with m open sets",
        Metric::Dominance => "Dominance: attention received beside weight and exact posterior",
        Metric::Mass => "Mass: attention on a set over that on a lone token",
        Metric::Removal => "Removal: how well scores rank the gold member (0.5 is chance)",
        Metric::Effect => "Effect: cost and calibration with removal, on the same sets",
        Metric::Variants => "Variants: cost and calibration of other ways, on the same sets",
        Metric::Reading => "Reading: mean ln p a token as ordinary text",
    }
}

/// How a threshold is written.
fn threshold(number: f64) -> String {
    format!("threshold {number}")
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (study, measured) = (&self.study, self.measured);
        writeln!(f, "# TEMPO on {}\n", study.model.id)?;
        writeln!(
            f,
            "{} windows of {} documents: {} tokens, then {} gold ones. Mean [95 % interval by bootstrap over documents] (n: \
             observations). What a minus stands in is paired by window.",
            measured.windows, measured.documents, study.spec.prefix, study.spec.n
        )?;
        for metric in Metric::ALL {
            let of_metric: Vec<&Figure> = self.figures.iter().filter(|figure| figure.metric == metric).collect();
            if of_metric.is_empty() {
                continue;
            }
            let has = |number: &&f64| of_metric.iter().any(|figure| figure.threshold.to_bits() == number.to_bits());
            let thresholds: Vec<f64> = study.spec.thresholds.iter().filter(has).copied().collect();
            let mut names: Vec<&str> = Vec::new();
            for figure in &of_metric {
                if !names.contains(&figure.figure.as_str()) {
                    names.push(&figure.figure);
                }
            }
            let columns: Vec<String> = thresholds.iter().copied().map(threshold).collect();
            writeln!(f, "\n## {}\n\n| | {} |", heading(metric), columns.join(" | "))?;
            writeln!(f, "|---|{}", "---|".repeat(columns.len()))?;
            for name in names {
                let cell = |number: &f64| {
                    let figure = of_metric
                        .iter()
                        .find(|figure| figure.figure == name && figure.threshold.to_bits() == number.to_bits());
                    figure.map_or_else(String::new, |figure| {
                        let [low, high] = figure.interval;
                        format!("{:.3} [{low:.3}, {high:.3}] ({})", figure.mean, figure.n.observations)
                    })
                };
                let cells: Vec<String> = thresholds.iter().map(cell).collect();
                writeln!(f, "| {name} | {} |", cells.join(" | "))?;
            }
        }
        Ok(())
    }
}
