import ArgumentParser
import ImageTraining
import RatingsFiles

/// What `--class-weights` says: `balanced`, weights by name, or a table of them.
struct ClassWeightChoice {
  /// As it was given.
  let text: String
  /// The weights; nil where they stand in a table that is called so.
  private let weights: ClassWeights?

  /// Reads `balanced` or `dress=2,hat=5`; any other text is the path of a table.
  init(_ text: String) throws {
    self.text = text
    if text == "balanced" {
      weights = .balanced
    } else if text.contains("=") {
      var named: [String: Float] = [:]
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let end = part.lastIndex(of: "="),
          let weight = Self.weight(part[part.index(after: end)...]),
          named.updateValue(weight, forKey: String(part[..<end])) == nil
        else {
          throw ValidationError(
            "'\(part)' is no weight of a class: write name=number, each name once, numbers above 0."
          )
        }
      }
      weights = .named(named)
    } else {
      weights = nil
    }
  }

  /// The weights, read from the table where they stand there: columns called class and weight. Throws for a table
  /// without them, a class twice, and a weight that is not above 0.
  func read() throws -> ClassWeights {
    if let weights { return weights }
    let table = try TextTable(path: text)
    let columns = ["class", "weight"].map { table.header.firstIndex(of: $0) }
    guard let names = columns[0], let numbers = columns[1] else {
      throw CommandFailure(
        "\(text): there are no columns called class and weight",
        remedy: "Name them so in the first line, or write balanced, or name=number.")
    }
    var named: [String: Float] = [:]
    for row in 0..<table.rowCount {
      guard let weight = Self.weight(table[row, numbers][...]),
        named.updateValue(weight, forKey: table[row, names]) == nil
      else {
        throw CommandFailure(
          "\(text), line \(table.lines[row]): '\(table[row, numbers])' is no weight above 0, or "
            + "'\(table[row, names])' has one already",
          remedy: "Give each class one number above 0.")
      }
    }
    return .named(named)
  }

  private static func weight(_ text: Substring) -> Float? {
    Float(text).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
  }
}
