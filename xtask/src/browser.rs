//! The report in a real browser: nothing fails to load, nothing overflows, every instance has its picture.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};

/// Names under which Chromium is installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// No network, no updates, no state of earlier runs.
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Widths of the window, in CSS pixels: a phone, a desktop.
const WIDTHS: [u32; 2] = [500, 1280];

/// Counts what fails while the page loads; it stands before everything else.
const LISTEN: &str =
    "<script>window.failed=0;addEventListener('error',()=>{window.failed+=1},true)</script>";

/// Measures the page once it is loaded.
const MEASURE: &str = "<script>addEventListener('load',()=>{const e=document.scrollingElement,count=(s)=>document.querySelectorAll(s).length;\
    const wide=[...document.querySelectorAll('svg.figure')].filter((f)=>f.getBoundingClientRect().right>e.clientWidth).length;\
    document.documentElement.dataset.check=['scroll',e.scrollWidth,'client',e.clientWidth,'failed',window.failed,'loaded',\
    performance.getEntriesByType('resource').filter((r)=>!r.name.startsWith('data:')).length,'wide',wide,'sections',count('section[data-drawn]'),'figures',count('section svg.figure')].join(' ')})</script>";

/// Verifies, then opens the report.
pub fn browser(sh: &Shell) -> anyhow::Result<Outcome> {
    let verified = steps::verify(sh, &steps::VerifyOptions::default())?;
    if verified != Outcome::Passed {
        return Ok(verified);
    }
    let Some(program) = find_or_install(sh) else {
        let reason =
            "no Chromium, and it could not be installed (Debian: apt-get install chromium)";
        eprintln!("xtask: browser: SKIPPED, {reason}");
        return Ok(Outcome::Skipped(reason.to_owned()));
    };
    let folder = sh.current_dir().join(steps::REPORT);
    let page = sh.read_file(folder.join("report.html"))?;
    let temporary = sh.create_temp_dir()?;
    let copy = temporary.path().join("page.html");
    let page = page
        .replacen("<head>", &format!("<head>{LISTEN}"), 1)
        .replacen("</body>", &format!("{MEASURE}</body>"), 1);
    sh.write_file(&copy, page)?;
    for width in WIDTHS {
        let profile = temporary.path().join(format!("profile-{width}"));
        let found = measure(&program, &copy, &profile, width)?;
        eprintln!("xtask: browser: {width} pixels: {found}");
        let faults = faults(&found);
        for fault in &faults {
            eprintln!("xtask: browser: at a width of {width} pixels {fault}");
        }
        if !faults.is_empty() {
            return Ok(Outcome::Failed(1));
        }
    }
    Ok(Outcome::Passed)
}

fn find_or_install(sh: &Shell) -> Option<String> {
    if let Some(found) = find(sh) {
        return Some(found);
    }
    eprintln!("xtask: browser: Chromium is not installed, trying apt-get");
    let install = cmd!(sh, "apt-get install -y --no-install-recommends chromium");
    install
        .quiet()
        .ignore_status()
        .ignore_stderr()
        .read()
        .ok()?;
    find(sh)
}

fn find(sh: &Shell) -> Option<String> {
    let runs = |name: &&&str| {
        let output = cmd!(sh, "{name} --version")
            .quiet()
            .ignore_status()
            .output();
        output.is_ok_and(|output| output.status.success())
    };
    NAMES.iter().find(runs).map(|name| (*name).to_owned())
}

/// What the page says of itself in a window of this width.
fn measure(program: &str, page: &Path, profile: &Path, width: u32) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},900"))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    ensure!(
        output.status.success(),
        "{program} ended with {}",
        output.status
    );
    let dom = String::from_utf8_lossy(&output.stdout);
    let (_, rest) = dom
        .split_once("data-check=\"")
        .context("the page did not load")?;
    let (found, _) = rest.split_once('"').context("the page is cut off")?;
    Ok(found.to_owned())
}

/// What is wrong with a page that says this of itself.
fn faults(found: &str) -> Vec<String> {
    let words: Vec<&str> = found.split_whitespace().collect();
    let value = |name: &str| {
        let place = words.iter().position(|word| *word == name)?;
        words.get(place + 1)?.parse::<u32>().ok()
    };
    let mut faults = vec![];
    let mut expect = |is_right: Option<bool>, fault: &str| {
        if is_right != Some(true) {
            faults.push(fault.to_owned());
        }
    };
    let is_zero = |name: &str| value(name).map(|count| count == 0);
    let both = |a: &str, b: &str| value(a).zip(value(b));
    expect(
        both("scroll", "client").map(|(scroll, client)| scroll <= client),
        "the page is wider than the window",
    );
    expect(is_zero("wide"), "a picture is wider than the window");
    expect(is_zero("failed"), "something fails to load");
    expect(is_zero("loaded"), "the page loads something from elsewhere");
    expect(
        both("figures", "sections").map(|(figures, sections)| figures == sections && figures > 0),
        "an instance has no picture",
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found() {
        let check =
            |found: &str, expected: usize| assert_eq!(faults(found).len(), expected, "{found}");
        check(
            "scroll 500 client 500 failed 0 loaded 0 wide 0 sections 16 figures 16",
            0,
        );
        check(
            "scroll 501 client 500 failed 0 loaded 0 wide 0 sections 16 figures 16",
            1,
        );
        check(
            "scroll 500 client 500 failed 1 loaded 0 wide 0 sections 16 figures 16",
            1,
        );
        check(
            "scroll 500 client 500 failed 0 loaded 1 wide 0 sections 16 figures 16",
            1,
        );
        check(
            "scroll 500 client 500 failed 0 loaded 0 wide 1 sections 16 figures 16",
            1,
        );
        check(
            "scroll 500 client 500 failed 0 loaded 0 wide 0 sections 16 figures 15",
            1,
        );
        check(
            "scroll 0 client 0 failed 0 loaded 0 wide 0 sections 0 figures 0",
            1,
        );
        check("", 5);
    }
}
