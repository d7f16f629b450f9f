//! A small bar chart: SVG whose bars are links, and the same numbers as a table for screen readers.

use leptos::prelude::*;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Such as `2026-11-22`.
    pub label: String,
    pub value: i64,
    /// The list behind it.
    pub href: String,
}

/// Units of the drawing: a bar and its gap, and the height of the highest bar.
const STEP: usize = 10;
const HEIGHT: i64 = 60;

/// Bars from left to right.
#[component]
pub fn BarChart(
    /// Names the chart and the table.
    title: &'static str,
    /// What the labels are, such as `Day`.
    head: &'static str,
    /// What is counted, such as `Sign-ins`.
    unit: &'static str,
    points: Vec<Point>,
    /// Drawn in the colour of what went wrong.
    #[prop(optional)]
    bad: bool,
) -> impl IntoView {
    let most = points.iter().map(|point| point.value).max().unwrap_or_default().max(1);
    let width = points.len() * STEP;
    let highest =
        format!("at most {}", types::user_list::grouped(points.iter().map(|point| point.value).max().unwrap_or(0)));
    let (first, last) = (points.first().map(label), points.last().map(label));
    let bars: String = points.iter().enumerate().map(|(at, point)| bar(at, point, most)).collect();
    let rows =
        points.into_iter().map(|point| (point.label, types::user_list::grouped(point.value), point.href)).collect();
    view! {
        <figure class=if bad { "chart chart-bad" } else { "chart" }>
            <svg
                class="chart-drawing"
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                aria-hidden="true"
                inner_html=bars
            ></svg>
            <p class="chart-ends" aria-hidden="true">
                <span>{first}</span>
                <span>{highest}</span>
                <span>{last}</span>
            </p>
            {table_behind(title, head, unit, rows)}
        </figure>
    }
    .into_any()
}

/// The numbers of a drawing, for those who read rather than look: each a link to the list behind it.
/// `rows`: label, number, address.
pub fn table_behind(
    title: &'static str,
    head: &'static str,
    unit: &'static str,
    rows: Vec<(String, String, String)>,
) -> AnyView {
    let rows = rows
        .into_iter()
        .map(|(label, number, href)| {
            view! {
                <tr>
                    <th scope="row">
                        <a class="link" href=href>
                            {label}
                        </a>
                    </th>
                    <td class="number">{number}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="chart-table">
            <summary>"As a table"</summary>
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">{title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{head}</th>
                            <th scope="col" class="number">
                                {unit}
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// Written out: a link within a drawing is another element than a link within text.
fn bar(at: usize, point: &Point, most: i64) -> String {
    // What is not nothing is at least seen.
    let height = if point.value == 0 { 1 } else { (point.value * HEIGHT / most).max(3) };
    let class = if point.value == 0 { "chart-bar chart-none" } else { "chart-bar" };
    let (href, label) = (escaped(&point.href), escaped(&point.label));
    format!(
        "<a href=\"{href}\" tabindex=\"-1\"><title>{label}: {}</title>\
         <rect class=\"chart-touch\" x=\"{}\" y=\"0\" width=\"{STEP}\" height=\"{HEIGHT}\"/>\
         <rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\"/></a>",
        types::user_list::grouped(point.value),
        at * STEP,
        at * STEP + 1,
        HEIGHT - height,
        STEP - 2,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn label(point: &Point) -> String {
    point.label.clone()
}
