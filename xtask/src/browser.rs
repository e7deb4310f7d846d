//! The report in a real browser: nothing fails to load, nothing overflows, every instance has its picture.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};

/// Names under which Chromium is installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// No network, no updates, no state of earlier runs.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    // Containers have little shared memory.
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How the page is looked at.
struct View {
    name: &'static str,
    /// Width of the page, in CSS pixels.
    width: u32,
    /// Whether the rules for print hold.
    is_paper: bool,
}

/// Paper is A4 without margins of 12 mm.
const VIEWS: [View; 3] = [
    View {
        name: "phone",
        width: 400,
        is_paper: false,
    },
    View {
        name: "desktop",
        width: 1280,
        is_paper: false,
    },
    View {
        name: "paper",
        width: 703,
        is_paper: true,
    },
];

/// The printed report has 14 pages in US Letter, which is what Chromium takes; with every figure of the evidence unfolded it had 75.
const MAX_PAGES: usize = 20;

/// Counts what fails while the page loads; it stands before everything else.
const LISTEN: &str =
    "<script>window.failed=0;addEventListener('error',()=>{window.failed+=1},true)</script>";

/// Measures the page once it is loaded.
const MEASURE: &str = "<script>addEventListener('load',()=>{const e=document.scrollingElement,count=(s)=>document.querySelectorAll(s).length;\
    const wide=[...document.querySelectorAll('svg.figure')].filter((f)=>f.getBoundingClientRect().right>e.clientWidth).length;\
    parent.postMessage(['scroll',e.scrollWidth,'client',e.clientWidth,'failed',window.failed,'loaded',\
    performance.getEntriesByType('resource').filter((r)=>!r.name.startsWith('data:')).length,'wide',wide,'sections',count('section[data-drawn]'),'figures',count('section svg.figure')].join(' '),'*')})</script>";

/// Holds the page in a frame, because a window has a least width, and notes what it says of itself.
const FRAME: &str = "<!DOCTYPE html><script>addEventListener('message',(m)=>{document.documentElement.dataset.check=m.data})</script>\
    <iframe src=\"page.html\" style=\"width:WIDTHpx;height:900px;border:0\"></iframe>";

/// Verifies, then opens the report.
pub fn browser(sh: &Shell) -> anyhow::Result<Outcome> {
    let verified = steps::verify(sh, &steps::VerifyOptions::default())?;
    if verified != Outcome::Passed {
        return Ok(verified);
    }
    let Some(program) = find_or_install(sh) else {
        let reason = "Chromium is not installed (Debian: apt-get install chromium; done if CI=true, as root)";
        eprintln!("xtask: browser: SKIPPED, {reason}");
        return Ok(Outcome::Skipped(reason.to_owned()));
    };
    let page = sh.read_file(format!("{}/report.html", steps::REPORT))?;
    let temporary = sh.create_temp_dir()?;
    let folder = temporary.path();
    for view in VIEWS {
        sh.write_file(folder.join("page.html"), prepare(&page, view.is_paper))?;
        let frame = folder.join("frame.html");
        sh.write_file(&frame, FRAME.replace("WIDTH", &view.width.to_string()))?;
        let profile = folder.join(format!("profile-{}", view.name));
        let found = measure(&program, &frame, &profile)?;
        let (name, width) = (view.name, view.width);
        eprintln!("xtask: browser: {name}, {width} pixels: {found}");
        let faults = faults(&found);
        for fault in &faults {
            eprintln!("xtask: browser: on a {name} of {width} pixels {fault}");
        }
        if !faults.is_empty() {
            return Ok(Outcome::Failed(1));
        }
    }
    sh.write_file(folder.join("page.html"), &page)?;
    let pages = pages(&print(&program, folder)?);
    eprintln!("xtask: browser: printed, {pages} pages");
    Ok(match (1..=MAX_PAGES).contains(&pages) {
        true => Outcome::Passed,
        false => {
            eprintln!("xtask: browser: expected at most {MAX_PAGES} pages, and one");
            Outcome::Failed(1)
        }
    })
}

/// Prints the page in the folder as PDF.
fn print(program: &str, folder: &Path) -> anyhow::Result<Vec<u8>> {
    let file = folder.join("page.pdf");
    let output = chromium(program, &folder.join("profile-print"))
        .arg("--no-pdf-header-footer")
        .arg(format!("--print-to-pdf={}", file.display()))
        .arg(format!("file://{}", folder.join("page.html").display()))
        .stdout(Stdio::null())
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    ensure!(
        output.status.success(),
        "{program} ended with {}",
        output.status
    );
    std::fs::read(file).context("the page was not printed")
}

/// How many pages a PDF of Chromium has, which leaves the objects of its pages uncompressed.
fn pages(pdf: &[u8]) -> usize {
    let is_page = |window: &&[u8]| window.starts_with(b"/Type /Page") && window[11] != b's';
    pdf.windows(12).filter(is_page).count()
}

/// The page with the scripts that measure it; for paper, with its rules for print in force.
fn prepare(page: &str, is_paper: bool) -> String {
    let page = page
        .replacen("<head>", &format!("<head>{LISTEN}"), 1)
        .replacen("</body>", &format!("{MEASURE}</body>"), 1);
    match is_paper {
        true => page
            .replace("@media print", "@media all")
            .replace("@media screen", "@media not all"),
        false => page,
    }
}

fn find_or_install(sh: &Shell) -> Option<String> {
    if let Some(found) = find(sh) {
        return Some(found);
    }
    // Packages are installed only on a machine that is thrown away.
    let is_ci = sh.var("CI").is_ok_and(|value| value == "true");
    let is_root = cmd!(sh, "id -u").quiet().read().is_ok_and(|id| id == "0");
    if !is_ci || !is_root {
        return None;
    }
    eprintln!("xtask: browser: Chromium is not installed, trying apt-get");
    let commands = [
        cmd!(sh, "timeout 90 apt-get -qq update"),
        cmd!(
            sh,
            "timeout 240 apt-get -qq install --yes --no-install-recommends chromium"
        ),
    ];
    // Whether it worked shows in what is there afterwards.
    for command in commands {
        let quiet = command.quiet().ignore_status().ignore_stderr();
        quiet.env("DEBIAN_FRONTEND", "noninteractive").read().ok()?;
    }
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

/// Chromium with a profile of its own.
fn chromium(program: &str, profile: &Path) -> Command {
    // A browser that hangs must not hold up everything else.
    let mut command = match cfg!(target_os = "linux") {
        true => Command::new("timeout"),
        false => Command::new(program),
    };
    if cfg!(target_os = "linux") {
        command.args(["120", program]);
    }
    command
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.display()))
        .stderr(Stdio::null());
    command
}

/// What the page in the frame says of itself.
fn measure(program: &str, frame: &Path, profile: &Path) -> anyhow::Result<String> {
    let output = chromium(program, profile)
        .arg("--window-size=1400,1000")
        // The message of the frame is waited for, in the browser's own time.
        .arg("--virtual-time-budget=10000")
        .arg("--dump-dom")
        .arg(format!("file://{}", frame.display()))
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
    fn the_rules_for_paper_are_in_force_on_paper() {
        let page =
            "<head><style>@media print{a{}}@media screen and (b){c{}}</style></head><body></body>";
        let check = |is_paper: bool, expected: &str| {
            let prepared = prepare(page, is_paper);
            assert!(prepared.starts_with("<head><script>"), "{prepared}");
            assert!(prepared.contains(expected), "{prepared}");
        };
        check(true, "@media all{a{}}@media not all and (b){c{}}");
        check(false, "@media print{a{}}@media screen and (b){c{}}");
    }

    #[test]
    fn pages_are_counted() {
        let check = |pdf: &str, expected: usize| assert_eq!(pages(pdf.as_bytes()), expected);
        check("", 0);
        check("<</Type /Pages\n/Count 2>>", 0);
        let page = "<</Type /Page\n/Parent 1 0 R>>";
        check(&format!("<</Type /Pages\n>>{page}{page}"), 2);
    }

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
