//! The custom attributes that the seeded people have.

use domain::attributes::of_store;
use domain::{Result, seeding};
use sea_orm::ConnectionTrait;
use types::attributes::{AttributeForm, AttributeKind};
use types::{AttributeId, StoreId, Timestamp};

use super::dice::Dice;

/// Departments, each with what people there are called.
pub const DEPARTMENTS: [(&str, &[&str]); 12] = [
    ("Customer service", &["Service agent", "Team lead, service", "Service analyst"]),
    ("Design", &["Product designer", "Researcher", "Illustrator"]),
    (
        "Engineering",
        &["Software engineer", "Senior software engineer", "Site reliability engineer", "Engineering manager"],
    ),
    ("Facilities", &["Caretaker", "Facility manager", "Receptionist"]),
    ("Finance", &["Accountant", "Controller", "Payroll specialist"]),
    ("IT", &["System administrator", "Network engineer", "Help desk agent"]),
    ("Legal", &["Counsel", "Paralegal", "Privacy officer"]),
    ("Logistics", &["Dispatcher", "Warehouse worker", "Driver", "Planner"]),
    ("Marketing", &["Copywriter", "Campaign manager", "Market analyst"]),
    ("People", &["Recruiter", "People partner", "Trainer"]),
    ("Production", &["Machinist", "Shift leader", "Quality inspector", "Technician"]),
    ("Sales", &["Account manager", "Sales representative", "Sales engineer"]),
];

/// Makes the attributes that the store lacks.
pub async fn attributes(
    connection: &impl ConnectionTrait,
    store: StoreId,
    dice: &Dice,
    since: Timestamp,
) -> Result<()> {
    let known = of_store(connection, store).await?;
    for (position, form) in (0..).zip(forms()) {
        if known.iter().all(|one| one.key != form.key) {
            let id = AttributeId(dice.id(since));
            seeding::attribute(connection, id, store, &form, position, since).await?;
        }
    }
    Ok(())
}

fn forms() -> [AttributeForm; 4] {
    let work = |key: &str, label: &str, kind| AttributeForm {
        key: key.into(),
        label: label.into(),
        kind,
        section: "Work".into(),
        holder_visible: true,
        ..AttributeForm::default()
    };
    let departments: Vec<_> = DEPARTMENTS.iter().map(|(name, _)| *name).collect();
    [
        AttributeForm {
            unique: true,
            searchable: true,
            pattern: r"E[0-9]*-?[0-9]{6,}".into(),
            hint: "E and six digits, such as E004711.".into(),
            ..work("employee_number", "Employee number", AttributeKind::Text)
        },
        AttributeForm {
            choices: departments.join("\n"),
            searchable: true,
            ..work("department", "Department", AttributeKind::Choice)
        },
        AttributeForm { holder_editable: true, ..work("job_title", "Job title", AttributeKind::Text) },
        work("hire_date", "Hire date", AttributeKind::Date),
    ]
}
