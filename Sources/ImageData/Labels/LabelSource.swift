import Errors
import RatingsFiles

/// The source of a data set's labels (fastai: get_y).
package enum LabelSource: Equatable, Sendable {
  /// The folder that contains an image: one class.
  case parentFolder
  /// The first capture group of a regular expression matched in the path, or the whole match without a group: one
  /// class.
  case pattern(String)
  /// A column: one class.
  case column(String)
  /// One label or none: an image has no label if the text is empty or one of those in `none`.
  case oneOrNone(ItemText, none: [String])
  /// A column of delimited labels: any number of them.
  case delimited(column: String, by: String)
  /// One column per number.
  case numbers(columns: [String])
  /// Two columns per point: x, then y.
  case points(columns: [String])
  /// No labels.
  case none

  /// Returns the targets of `items`. Throws for the first item without a valid one.
  func targets(of items: ImageItems) throws(ImageDataError) -> ImageTargets {
    switch self {
    case .none: return .none
    case .parentFolder: return try Self.classes(ItemText.parentFolder.values(of: items), items)
    case .pattern(let pattern):
      return try Self.classes(ItemText.pattern(pattern).values(of: items), items)
    case .column(let name): return try Self.classes(ItemText.column(name).values(of: items), items)
    case .oneOrNone(let text, let none):
      return try Self.labels(text.values(of: items), without: none, items)
    case .delimited(let column, let delimiter):
      guard !delimiter.isEmpty else {
        throw ImageDataError(
          .badRequest, "the label delimiter is empty", place: column,
          remedy: "Give one, such as a space or a comma.")
      }
      let lists = try ItemText.column(column).values(of: items).map { text in
        text.split(separator: delimiter).map { $0.trimmed }.filter { !$0.isEmpty }
      }
      return try Self.labels(lists, place: column)
    case .numbers(let columns):
      guard !columns.isEmpty else {
        throw ImageDataError(
          .badRequest, "no column of numbers is named", place: items.root, remedy: "Name one.")
      }
      return .numbers(names: columns, values: try Self.numbers(columns, items))
    case .points(let columns):
      guard !columns.isEmpty, columns.count.isMultiple(of: 2) else {
        throw ImageDataError(
          .badRequest, "points need two columns each, not \(columns.count) in all",
          place: items.root, remedy: "Name x, then y, of each point.")
      }
      let values = try Self.numbers(columns, items)
      return .points(
        count: columns.count / 2,
        positions: stride(from: 0, to: values.count, by: 2).map {
          SIMD2(values[$0], values[$0 + 1])
        })
    }
  }

  /// Returns the same source with labels that may be missing, if it is one of a single class; nil otherwise.
  package func orNone(_ none: [String]) -> LabelSource? {
    switch self {
    case .parentFolder: .oneOrNone(.parentFolder, none: none)
    case .pattern(let pattern): .oneOrNone(.pattern(pattern), none: none)
    case .column(let name): .oneOrNone(.column(name), none: none)
    case .oneOrNone, .delimited, .numbers, .points, .none: nil
    }
  }

  private static func labels(
    _ texts: [String], without none: [String], _ items: ImageItems
  ) throws(ImageDataError) -> ImageTargets {
    let texts = texts.map { $0[...].trimmed }
    let known = Set(texts)
    if let unknown = none.first(where: { !known.contains($0) }) {
      let near = NearestText.nearest(to: unknown, among: known)
      throw ImageDataError(
        .badLabel, "no image is labelled '\(unknown)'", place: items.place,
        remedy: near.map { "Did you mean \($0)?" } ?? "Write it as it appears there.")
    }
    let left = Set(none + [""])
    return try labels(texts.map { left.contains($0) ? [] : [$0] }, place: items.place)
  }

  private static func labels(
    _ lists: [[String]], place: String
  ) throws(ImageDataError) -> ImageTargets {
    let names = Set(lists.joined()).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    guard !names.isEmpty else {
      throw ImageDataError(
        .badLabel, "no image has a label", place: place, remedy: "Use another source of labels.")
    }
    return .labels(names: names, of: lists.map { LabelSet($0.compactMap { positions[$0] }) })
  }

  private static func classes(
    _ texts: [String], _ items: ImageItems
  ) throws(ImageDataError) -> ImageTargets {
    let texts = texts.map { $0[...].trimmed }
    if let item = texts.firstIndex(of: "") {
      let others = texts.count { $0.isEmpty } - 1
      throw ImageDataError(
        .noLabel,
        "\(items.names[item]) has no label\(Self.likewise(others))",
        place: items.place,
        remedy:
          "Label it, remove it, or allow images to have no label or several."
      )
    }
    let names = Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return .classes(names: names, of: texts.map { positions[$0] ?? 0 })
  }

  /// Returns words about the number of other images without a label.
  private static func likewise(_ count: Int) -> String {
    switch count {
    case 0: ""
    case 1: ", nor does 1 other"
    default: ", nor do \(count) others"
    }
  }

  private static func numbers(
    _ columns: [String], _ items: ImageItems
  ) throws(ImageDataError) -> [Float] {
    let places = try columns.map { (name) throws(ImageDataError) in try items.column(name) }
    var values: [Float] = []
    values.reserveCapacity(items.names.count * columns.count)
    for item in items.names.indices {
      for ((table, column), name) in zip(places, columns) {
        let text = table[item, column][...].trimmed
        guard let value = Float(text), value.isFinite else {
          throw ImageDataError(
            .badLabel,
            text.isEmpty ? "the number is missing" : "\"\(Excerpt.of(text))\" is not a number",
            place: "\(table.name), line \(table.lines[item]), column \(name)",
            remedy: "Write a number with a decimal point, or remove the line.")
        }
        values.append(value)
      }
    }
    return values
  }
}
