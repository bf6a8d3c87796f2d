import Foundation
import Pages

/// A prediction computed as in the lesson's spreadsheet, compared to `latent predict`: one-hot vectors times the
/// learned matrices, the dot product of the results, biases and the sigmoid.
struct OneHotProduct {
  let table: HTML
  let words: String

  /// Computes it for the model of that name in service. Throws ``LessonFailure``.
  init(of model: String, _ lesson: Lesson) throws {
    let folder = "\(model)-vectors"
    try lesson.latent(["export", "model", "--name", model, "--out", folder])
    let users = try Matrix(lesson.file("\(folder)/users.csv"))
    let items = try Matrix(lesson.file("\(folder)/items.csv"))
    let facts = try Self.facts(lesson.file("\(folder)/model.csv"))
    let pairs = [(0, 0), (users.rows.count / 2, items.rows.count / 3), (users.rows.count - 1, 1)]
    var rows: [[String]] = []
    var farthest = 0.0
    for (user, item) in pairs {
      let lookedUp = (users.rows[user], items.rows[item])
      let multiplied = (users.product(oneHot: user), items.product(oneHot: item))
      let unlike =
        zip(lookedUp.0 + lookedUp.1, multiplied.0 + multiplied.1).map { abs($0 - $1) }
        .max() ?? 0
      // The first number of a row is the bias.
      let product = zip(multiplied.0.dropFirst(), multiplied.1.dropFirst()).reduce(0) {
        $0 + $1.0 * $1.1
      }
      let score = (facts["global_mean"] ?? 0) + multiplied.0[0] + multiplied.1[0] + product
      let own =
        facts["low"].flatMap { low in
          facts["high"].map { low + ($0 - low) / (1 + exp(-score)) }
        } ?? score
      let answer = try lesson.latent([
        "predict", "--user", users.names[user], "--item", items.names[item], "--name", model,
        "--format", "json",
      ])
      let said = try LessonRow.all(in: answer.output).first.orFail("no prediction")
        .number("prediction")
      farthest = max(farthest, abs(said - own), unlike)
      rows.append([
        "user \(users.names[user]), film \(items.names[item])", product.short, own.short,
        said.short,
      ])
    }
    table = HTML.table(
      ["rating", "dot product", "with biases, within the range", "latent predict"], rows)
    words = """
      Predictions from one-hot vectors of length \(users.rows.count) and \(items.rows.count), \
      computed by hand, agree with what `latent predict` says, to within \
      \(String(format: "%.0e", max(farthest, 1e-9))).
      """
  }

  /// The names and numbers of an exported table's rows. Its last columns are the numbers, the bias first.
  private struct Matrix {
    let names: [String]
    let rows: [[Double]]

    init(_ data: Data) throws {
      let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
      let heads = try lines.first.orFail("an exported table is empty").split(separator: ",")
      let place = try heads.firstIndex(of: "bias").orFail("an exported table has no biases")
      let cells = lines.dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      // Titles before the numbers may contain commas.
      names = cells.map { String($0[0]) }
      rows = cells.map { $0.suffix(heads.count - place).map { Double($0) ?? .nan } }
      guard rows.count > 1, rows.allSatisfy({ $0.count == heads.count - place }) else {
        throw LessonFailure("an exported table has no rows")
      }
    }

    /// Returns the product of a one-hot vector and the matrix, multiplying every number.
    func product(oneHot place: Int) -> [Double] {
      var sums = [Double](repeating: 0, count: rows[0].count)
      for (row, numbers) in rows.enumerated() {
        let factor = row == place ? 1.0 : 0.0
        for (column, number) in numbers.enumerated() { sums[column] += factor * number }
      }
      return sums
    }
  }

  /// Returns the numeric facts of the export about the model; `low` and `high` are the bounds of its output range.
  private static func facts(_ data: Data) -> [String: Double] {
    var facts: [String: Double] = [:]
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      let cells = line.split(separator: ",", maxSplits: 1).map(String.init)
      guard cells.count == 2 else { continue }
      if let number = Double(cells[1]) { facts[cells[0]] = number }
      let ends = cells[1].components(separatedBy: "..").compactMap { Double($0) }
      if cells[0] == "output_range", ends.count == 2 {
        (facts["low"], facts["high"]) = (ends[0], ends[1])
      }
    }
    return facts
  }
}
