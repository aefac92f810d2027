//! Work that students hand in: who, where, when, and answers to questions, filled in by hand and scanned.

use serde_json::{Map, Value, json};

use crate::calendar::{DateStyle, Tongue, day, recorded as iso};
use crate::error::NotMade;
use crate::face::Face;
use crate::names::person;
use crate::paper::drawn;
use crate::random::Random;
use crate::sheet::{Sheet, Type, wrapped};
use crate::specimen::{Media, Record, Specimen};
use crate::wear::{Device, scan};

const SCHOOLS: [&str; 8] = [
    "Oakdale Primary School",
    "St. Anne's Academy",
    "Harding Middle School",
    "Lakeside High School",
    "Greenhurst Secondary School",
    "Westfield Elementary",
    "P.S. 204",
    "Maple Grove Junior High",
];
const GRADES: [&str; 9] = ["5", "7B", "Grade 6", "8", "Year 9", "10A", "4th", "Form 3", "11"];
const TITLES: [&str; 7] =
    ["Answer Sheet", "Weekly Quiz", "SCIENCE TEST", "Student Submission Form", "HOMEWORK", "Science Worksheet", "Final Exam"];
const ASKED: [&str; 3] =
    ["Answer all questions. Write clearly.", "Use black ink and show your work.", "Please write your answers on the lines below."];
/// Questions and what children write.
const QUESTIONS: [(&str, &str); 18] = [
    ("What is the capital of Norway?", "Oslo"),
    ("Name the largest planet.", "Jupiter"),
    ("Solve: 9 x 7", "63"),
    ("Who wrote Macbeth?", "Shakespeare"),
    ("What gas do plants take in?", "Carbon dioxide"),
    ("Explain why ice floats on water.", "Ice is lighter than water because its molecules are further apart."),
    ("3/4 + 1/8 =", "7/8"),
    ("What is photosynthesis?", "Plants make sugar from light, water and carbon dioxide."),
    ("In which year did the war end?", "1945"),
    ("What is the area of a 5 by 8 rectangle?", "40"),
    ("Name two primary colours.", "red and blue"),
    ("What is H2O?", "water"),
    ("Describe the water cycle.", "Water evaporates, forms clouds and falls again as rain."),
    ("Which is the longest river in Africa?", "The Nile"),
    ("Write the plural of child.", "children"),
    ("How many sides has a hexagon?", "6"),
    ("What does a thermometer measure?", "temperature"),
    ("Why do we have seasons?", "Because the axis of the earth is tilted."),
];
const NAME: [&str; 5] = ["Name", "Student name", "Student", "Name of student", "Full name"];
const SCHOOL: [&str; 3] = ["School", "School name", "Name of school"];
const GRADE: [&str; 4] = ["Grade", "Class", "Year", "GRADE"];
const DATE: [&str; 3] = ["Date", "DATE", "Date submitted"];

/// A school form, scanned as a grey JPEG.
///
/// # Errors
/// [`NotMade`], for faults of this program.
pub fn submission(seed: u64) -> Result<Specimen, NotMade> {
    let mut random = Random::new("submission", seed);
    let (sheet, fields) = written(&mut random);
    let page = drawn(&sheet, 2 * random.whole(760, 1100) as u32)?;
    let device = random.pick(&[Device::Scanner, Device::Scanner, Device::Copier]);
    let hard = random.between(0.1, 0.8);
    let worn = scan(page, &mut random, device, hard).halved();
    Ok(Specimen {
        name: format!("submission-{seed:03}.jpg"),
        media: Media::Jpeg,
        bytes: worn.jpeg(random.whole(50, 88) as u8)?,
        pages: 1,
        text: sheet.text(),
        record: Some(Record { schema: "submission", fields }),
        pairs: Vec::new(),
    })
}

/// The page before it is worn, and its fields.
pub(crate) fn written(random: &mut Random) -> (Sheet, Value) {
    let mut pupil = Pupil::new(random);
    pupil.head(random);
    pupil.answer(random);
    (pupil.sheet, Value::Object(pupil.fields))
}

/// How questions and answers are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The answer on lines below the question.
    Below,
    /// The answer beside its number only.
    Numbers,
    /// Number, question and answer in a table.
    Table,
}

struct Pupil {
    sheet: Sheet,
    fields: Map<String, Value>,
    print: Type,
    hand: Type,
    left: f64,
    right: f64,
    y: f64,
    ruled: bool,
}

impl Pupil {
    fn new(random: &mut Random) -> Self {
        let print = Type::new(random.pick(&[Face::Helvetica, Face::Times, Face::Helvetica, Face::Courier]), random.between(11.0, 13.0));
        let face = random.pick(&[Face::TimesItalic, Face::TimesItalic, Face::HelveticaOblique, Face::Courier]);
        let hand = Type {
            grey: random.between(0.0, 0.35),
            stretch: random.between(0.9, 1.2),
            ..Type::new(face, print.size * random.between(1.05, 1.3))
        };
        let margin = random.between(42.0, 64.0);
        Self {
            sheet: Sheet::new(595.0, 842.0),
            fields: Map::new(),
            print,
            hand,
            left: margin,
            right: 595.0 - margin,
            y: random.between(50.0, 72.0),
            ruled: random.chance(0.75),
        }
    }

    /// Writes by hand: no two words stand equally high.
    fn write(&mut self, random: &mut Random, x: f64, text: &str, width: f64) {
        let style = self.hand.fitting(text, width);
        let mut x = x;
        for word in text.split(' ') {
            let up = random.between(-0.09, 0.09) * style.size;
            x = self.sheet.left(x, self.y + up, style, word) + style.width(" ") * random.between(0.9, 1.4);
        }
    }

    fn head(&mut self, random: &mut Random) {
        let large = Type::new(self.print.face.bold(), random.between(17.0, 25.0));
        let school = random.pick(&SCHOOLS);
        let named = random.chance(0.35);
        if named {
            self.sheet.centre(297.5, self.y, large.scaled(0.75), school);
            self.y += 28.0;
        }
        self.sheet.centre(297.5, self.y, large, random.pick(&TITLES));
        self.y += 40.0;
        let (name, grade, day) = (person(random), random.pick(&GRADES), day(random, 2015, 2025));
        let date = DateStyle::any(random, if day.format("%d").to_string().as_str() > "12" { Tongue::American } else { Tongue::British });
        for (field, value) in
            [("student_name", name.clone()), ("school", school.to_owned()), ("grade", grade.to_owned()), ("date", iso(day))]
        {
            self.fields.insert(field.to_owned(), value.into());
        }
        self.blank(random, &NAME, &name, (self.left, self.right));
        if !named {
            self.y += 28.0;
            self.blank(random, &SCHOOL, school, (self.left, self.right));
        }
        self.y += 28.0;
        let middle = (self.left + self.right) / 2.0;
        self.blank(random, &GRADE, grade, (self.left, middle - 12.0));
        self.blank(random, &DATE, &date.show(day), (middle, self.right));
        self.y += 40.0;
        if random.chance(0.4) {
            self.sheet.left(self.left, self.y, self.print, random.pick(&ASKED));
            self.y += 30.0;
        }
    }

    fn blank(&mut self, random: &mut Random, labels: &[&str], value: &str, (from, to): (f64, f64)) {
        let end = self.sheet.left(from, self.y, self.print, &format!("{}:", random.pick(labels))) + 8.0;
        if self.ruled {
            self.sheet.rule(end, to, self.y + 3.0, 0.7);
        }
        self.write(random, end + 5.0, value, to - end - 10.0);
    }

    fn answer(&mut self, random: &mut Random) {
        let layout = random.pick(&[Layout::Below, Layout::Below, Layout::Numbers, Layout::Table]);
        let mark = random.pick(&["{}.", "{})", "Q{}.", "{}:"]);
        let count = random.whole(5, 12) as usize;
        let mut answers = Vec::new();
        for (n, (question, answer)) in random.sample(&QUESTIONS, count).into_iter().enumerate() {
            if self.y > 760.0 {
                break;
            }
            let answer = if random.chance(0.06) { "" } else { answer };
            let number = (n + 1).to_string();
            let shown = mark.replace("{}", &number);
            let asked = match layout {
                Layout::Below => {
                    self.sheet.left(self.left, self.y, self.print, &format!("{shown} {question}"));
                    self.y += self.print.size * 2.1;
                    self.lines(random, self.left + 16.0, answer);
                    question
                }
                Layout::Numbers => {
                    let end = self.sheet.left(self.left, self.y, self.print, &shown) + 8.0;
                    self.lines(random, end, answer);
                    &number
                }
                Layout::Table => {
                    self.row(random, &number, question, answer);
                    question
                }
            };
            answers.push(json!({ "question": asked, "answer": answer }));
        }
        self.fields.insert("answers".to_owned(), answers.into());
    }

    /// An answer on as many lines as it takes.
    fn lines(&mut self, random: &mut Random, x: f64, answer: &str) {
        let mut lines = wrapped(answer, (self.right - x) * 0.9, self.hand);
        lines.resize(lines.len().max(1), String::new());
        for line in lines {
            if self.ruled {
                self.sheet.rule(x, self.right, self.y + 3.0, 0.6);
            }
            self.write(random, x + 5.0, &line, self.right - x - 10.0);
            self.y += self.hand.size * 1.7;
        }
        self.y += self.print.size * 0.6;
    }

    fn row(&mut self, random: &mut Random, number: &str, question: &str, answer: &str) {
        let (top, bottom) = (self.y - 20.0, self.y + 13.0);
        let split = self.left + (self.right - self.left) * 0.52;
        self.sheet.frame(self.left, top, self.right, bottom, 0.7);
        for x in [self.left + 28.0, split] {
            self.sheet.line((x, top), (x, bottom), 0.7);
        }
        self.sheet.left(self.left + 9.0, self.y, self.print, number);
        self.sheet.left(self.left + 34.0, self.y, self.print.fitting(question, split - self.left - 40.0), question);
        self.write(random, split + 6.0, answer, (self.right - split) * 0.92 - 12.0);
        self.y += 33.0;
    }
}
