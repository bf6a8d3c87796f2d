import Evaluation
import Foundation
import Interactions
import Jobs
import ModelRegistry
import Ratings
import Recommenders
import Reports

/// The file that a report is written to.
struct ReportFile {
  private let file: OutputFile

  /// Creates the file before the work that it reports. Throws if `path` can't be written, or if its name does not end
  /// like a page's: it may be another file.
  init(_ path: String) throws {
    let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
    var status = stat()
    let isNoFile = path == "-" || (stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG)
    guard isNoFile || ["html", "htm"].contains(ending) else {
      throw CommandFailure(
        "no report is written to \(path), which does not end in .html",
        remedy: "Give --report a file such as report.html.")
    }
    file = try OutputFile(path)
  }

  /// Writes the report about the first of the models atomically.
  func write(
    _ judged: JudgedVersions, _ answers: [ModelAnswers], slices: [Slice], threadCount: Int
  ) throws {
    let subjects = zip(judged.models, answers).map { model, answers in
      ReportData.Subject(answers, model: model.model, predictor: model.predictor)
    }
    let run = judged.runs[0]
    let page = ReportPage(
      ReportData(
        title: "\(run.modelName), \(subjects[0].name)", facts: Self.facts(of: run, judged),
        ratings: judged.ratings, items: judged.items, subject: subjects[0],
        others: Array(subjects.dropFirst()), slices: slices, losses: run.losses ?? [:],
        threadCount: threadCount))
    try file.write(Array(page.html.utf8))
    try file.finish()
    if file.path != "-" { StandardError.write("wrote \(file.path)\n") }
  }

  /// Returns the facts above the metrics.
  private static func facts(
    of run: TrainingRun, _ judged: JudgedVersions
  ) -> [(name: String, value: String)] {
    let ratings = judged.ratings
    let given = run.parameters.filter { !["model", "predictor"].contains($0.key) }
      .sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return [
      ("model", run.kinds.joined(separator: " and ")),
      ("trained", run.startedAt.replacing("T", with: " ").replacing("Z", with: " UTC")),
      ("learned from", "\(ratings.training.count) ratings"),
      ("judged by", "\(ratings.heldOut.count) ratings"),
      ("users", "\(ratings.training.userCount)"), ("items", "\(ratings.training.itemCount)"),
      ("learning took", String(format: "%.1f s", run.seconds["training"] ?? 0)),
      ("options", given.joined(separator: ", ")),
    ] + (judged.models[0].model.transform.formula.map { [("errors are of", $0)] } ?? [])
  }
}
