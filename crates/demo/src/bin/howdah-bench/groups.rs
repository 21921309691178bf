//! Control groups of the kernel (cgroups(7)), one for each of Howdah, PostgreSQL and those who measure, all of the same
//! weight: what services and containers run in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Processes in groups of their own. They go back, and the groups go away, when this is dropped.
pub(crate) struct Groups {
    origin: PathBuf,
    made: Vec<PathBuf>,
}

impl Groups {
    /// Puts each process into a group; what it starts from then on is there as well.
    ///
    /// # Errors
    /// Where the kernel, or whoever runs this machine, does not let us.
    pub(crate) fn of(processes: &[u32]) -> Result<Self> {
        let origin = cpu_group()?;
        let mut groups = Self { origin, made: Vec::new() };
        for process in processes {
            let group = groups.origin.join(format!("howdah-bench-{process}"));
            fs::create_dir(&group).with_context(|| format!("cannot make {}", group.display()))?;
            groups.made.push(group.clone());
            enter(&group, *process)?;
        }
        Ok(groups)
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for group in &self.made {
            for process in fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default().lines() {
                // One that has ended meanwhile is in no group.
                let _gone = process.parse().map(|process| enter(&self.origin, process));
            }
            if let Err(error) = fs::remove_dir(group) {
                eprintln!("{} is left behind: {error}", group.display());
            }
        }
    }
}

fn enter(group: &Path, process: u32) -> Result<()> {
    let file = group.join("cgroup.procs");
    fs::write(&file, process.to_string()).with_context(|| format!("cannot write {}", file.display()))
}

/// The folder of the group whose processors we share.
fn cpu_group() -> Result<PathBuf> {
    let membership = fs::read_to_string("/proc/self/cgroup")?;
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let lines = || membership.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    // Version 1 has a tree for each controller.
    if let Some((_, path)) = lines().find(|(controllers, _)| controllers.split(',').any(|name| name == "cpu")) {
        let tree = mount(&mounts, |kind, options| kind == "cgroup" && options.split(',').any(|name| name == "cpu"));
        return Ok(tree.context("the groups of processors are not mounted")?.join(path.trim_start_matches('/')));
    }
    let (_, path) = lines().find(|(controllers, _)| controllers.is_empty()).context("the kernel has no groups")?;
    let tree = mount(&mounts, |kind, _| kind == "cgroup2").context("the kernel's groups are not mounted")?;
    let group = tree.join(path.trim_start_matches('/'));
    if fs::write(group.join("cgroup.subtree_control"), "+cpu").is_err() {
        bail!("{} gives its groups no share of the processors", group.display());
    }
    Ok(group)
}

/// Where the first file system of a kind is mounted (proc_pid_mountinfo(5)).
fn mount(mounts: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (place, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        let kind = system.next()?;
        is_it(kind, system.nth(1)?).then(|| place.split(' ').nth(4).map(PathBuf::from))?
    })
}
