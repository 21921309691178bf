//! Times, and the table that they are printed in.

use std::fmt;
use std::time::Duration;

/// Times of one thing, done again and again.
#[derive(Debug, Default, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds a time.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that so many of a hundred stay below, in milliseconds.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}

/// What was measured, line by line.
#[derive(Default)]
pub struct Table(Vec<[String; 6]>);

impl Table {
    /// Adds a time beside its floor. The target is `factor` times the floor and `allowance`.
    pub fn ratio(&mut self, name: &str, ours: &Samples, floor: &Samples, factor: f64, allowance: Duration) {
        let (our_median, floor_median) = (ours.percentile(50), floor.percentile(50));
        let ratios: Vec<f64> = ours.0.iter().zip(&floor.0).map(|(ours, floor)| ours / floor).collect();
        let (least, most) =
            ratios.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), ratio| (least.min(*ratio), most.max(*ratio)));
        let allowance = allowance.as_secs_f64() * 1000.0;
        let target =
            if allowance > 0.0 { format!("≤ {factor} × + {allowance} ms") } else { format!("≤ {factor} ×") };
        self.line(
            name,
            format!("{our_median:.1} ms"),
            format!("{floor_median:.1} ms"),
            format!("{:.2} ({least:.2} to {most:.2})", our_median / floor_median),
            target,
            our_median <= floor_median * factor + allowance,
        );
    }

    /// Adds the 50th and 99th percentile, with targets in milliseconds.
    pub fn percentiles(&mut self, name: &str, ours: &Samples, floor: &Samples, (target_50, target_99): (f64, f64)) {
        for (percent, target) in [(50, target_50), (99, target_99)] {
            let (ours, floor) = (ours.percentile(percent), floor.percentile(percent));
            self.line(
                &format!("{name}, p{percent}"),
                format!("{ours:.2} ms"),
                format!("{floor:.2} ms"),
                format!("{:.2}", ours / floor),
                format!("≤ {target} ms"),
                ours <= target,
            );
        }
    }

    /// Adds a figure that may be at most `target`.
    pub fn fact(&mut self, name: &str, value: f64, unit: &str, target: f64) {
        self.line(
            name,
            format!("{value:.1} {unit}"),
            String::new(),
            String::new(),
            format!("≤ {target} {unit}"),
            value <= target,
        );
    }

    /// Adds a figure that must be at least `target`.
    pub fn at_least(&mut self, name: &str, value: f64, unit: &str, target: f64) {
        self.line(
            name,
            format!("{value:.0} {unit}"),
            String::new(),
            String::new(),
            format!("≥ {target} {unit}"),
            value >= target,
        );
    }

    /// Adds a figure without a target.
    pub fn note(&mut self, name: &str, value: String) {
        self.0.push([name.to_owned(), value, String::new(), String::new(), String::new(), String::new()]);
    }

    fn line(&mut self, name: &str, ours: String, floor: String, ratio: String, target: String, met: bool) {
        let verdict = if met { "met" } else { "missed" };
        self.0.push([name.to_owned(), ours, floor, ratio, target, verdict.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["work", "Howdah", "psql", "ratio (spread)", "target", ""].map(str::to_owned);
        let width = |column: usize| {
            self.0.iter().chain([&head]).map(|line| line[column].chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        for line in [&head].into_iter().chain(&self.0) {
            for (text, width) in line.iter().zip(&widths) {
                write!(formatter, "{text:<width$}  ")?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Samples, Table};

    #[test]
    fn percentiles_and_verdicts_are_what_they_say() {
        let mut samples = Samples::default();
        (1..=100).for_each(|time| samples.add(Duration::from_millis(time)));
        assert!((samples.percentile(50) - 51.0).abs() < 0.01);
        assert!((samples.percentile(99) - 100.0).abs() < 0.01);
        let mut table = Table::default();
        table.ratio("same", &samples, &samples, 1.0, Duration::ZERO);
        table.fact("much", 3.0, "MiB", 2.0);
        let text = table.to_string();
        assert!(text.contains("1.00 (1.00 to 1.00)") && text.contains("met") && text.contains("missed"), "{text}");
    }
}
