import Errors
import Ratings

extension ItemsLayout {
  /// Finds out the layout of a file whose header, or JSON's keys, name a column of ids and, as a rule, one
  /// of titles; every other column is an attribute. Two columns without a header are id and title. nil
  /// when the file holds no line.
  ///
  /// Of several columns that could hold the ids the one is taken that `ratingsColumn`, the ratings' own
  /// column of items, is called, then the one that is plainly called so.
  init?(
    of sample: FileSample, options: ItemsFileOptions, ratingsColumn: String?
  ) throws(RatingsFileError) {
    let place = FilePlace(file: sample.name)
    let sampled: SampledRecords
    let format: RecordFormat
    if sample.isJSON {
      if let fault = sample.firstJSONFault, sample.objects().rows.isEmpty { throw fault }
      sampled = sample.objects()
      format = .json
    } else if let dialect = sample.dialect(options.dialect) {
      sampled = sample.records(dialect)
      format = .delimited(dialect, hasSeparatorLine: sample.statedDelimiter != nil)
    } else {
      let lines = sample.records(Dialect(delimiter: .comma, quoting: .none), limit: 1)
      guard !lines.rows.isEmpty else { return nil }
      throw RatingsFileError(
        .noDelimiter,
        options.dialect.delimiter.map { "\"\($0)\" does not occur between its columns" }
          ?? "no line of it has columns: neither a comma, tab, semicolon, bar nor ::",
        place: place,
        remedy: "Give a file with the columns id and title, or say what separates them.")
    }
    guard let first = sampled.keys ?? sampled.rows.first, !first.isEmpty else { return nil }
    let below = sampled.keys == nil ? Array(sampled.rows.dropFirst()) : sampled.rows
    if let columns = options.columns {
      let isNamed =
        sampled.keys != nil || columns.useNames
        || Self.idPosition(in: first, ratingsColumn) != nil
      self.init(
        format: format, header: isNamed ? first : nil, columnCount: first.count, id: 0, title: nil)
      id = try position(of: columns.id, in: place)
      if let column = columns.title { title = try position(of: column, in: place) }
      for (name, column) in columns.attributes {
        attributes.append(
          AttributeColumn(position: try position(of: column, in: place), name: name))
      }
    } else if let id = try Self.checkedIDPosition(in: first, ratingsColumn, place) {
      self.init(
        format: format, header: first, columnCount: first.count, id: id,
        title: Self.titlePosition(in: first, apartFrom: id))
      attributes = first.indices.filter { $0 != id && $0 != title }.map {
        AttributeColumn(position: $0, name: Self.attributeName(first[$0]))
      }
    } else {
      guard sampled.keys == nil, first.count == 2 else {
        throw RatingsFileError(
          .unknownColumns, "no column whose name says that it holds the items' ids", place: place,
          remedy: "Say which column holds what: id=NAME,title=NAME,genre=NAME. Its columns: "
            + Self.listed(first) + ".")
      }
      self.init(format: format, header: nil, columnCount: 2, id: 0, title: 1)
    }
    for position in attributes.indices {
      let column = attributes[position].position
      let cells = below.lazy.filter { $0.count > column }.map { $0[column] }
      attributes[position].separator =
        format == .json && cells.contains { $0.hasPrefix("[") }
        ? Character(Unicode.Scalar(listSeparator))
        : Self.separator(
          in: cells, isList: Self.listNames.contains(RatingColumnName.plain(first[column])))
    }
    readsYears = haveYears(below)
    if options.dialect.quoting == nil, format != .json { doubtedColumnCount = columnCount }
  }

  /// Whether half of the titles and more in `rows` end in a year that no column has.
  private func haveYears(_ rows: [[String]]) -> Bool {
    guard let title, !attributes.contains(where: { $0.name.lowercased() == TitleYear.name }) else {
      return false
    }
    let titles = rows.filter { $0.count > title }.map { $0[title] }
    return !titles.isEmpty && titles.count { TitleYear.find(in: $0) != nil } * 2 >= titles.count
  }

  private func position(of column: RatingsColumns.Column, in place: FilePlace)
    throws(RatingsFileError) -> Int
  {
    switch column {
    case .number(let number) where number <= columnCount:
      return number - 1
    case .number(let number):
      throw RatingsFileError(
        .unknownColumns, "no column \(number): there are \(columnCount)", place: place,
        remedy: "Count from 1.")
    case .name(let name):
      let found = (header ?? []).indices.filter { header?[$0] == name }
      guard found.count == 1 else {
        throw RatingsFileError(
          .unknownColumns, found.isEmpty ? "no column \"\(name)\"" : "several columns \"\(name)\"",
          place: place, remedy: "Its columns: \(Self.listed(header ?? [])).")
      }
      return found[0]
    }
  }

  private static func checkedIDPosition(
    in names: [String], _ ratingsColumn: String?, _ place: FilePlace
  ) throws(RatingsFileError) -> Int? {
    let ids = idPositions(in: names, ratingsColumn)
    guard ids.count <= 1 else {
      throw RatingsFileError(
        .unknownColumns,
        "several columns could be the id: \(listed(ids.map { names[$0] }))", place: place,
        remedy: "Say which: id=\(names[ids[0]]),title=NAME, with NAME=COLUMN for each attribute.")
    }
    return ids.first
  }

  private static func idPosition(in names: [String], _ ratingsColumn: String?) -> Int? {
    idPositions(in: names, ratingsColumn).first
  }

  /// The columns that could equally well hold the ids.
  private static func idPositions(in names: [String], _ ratingsColumn: String?) -> [Int] {
    if let own = names.firstIndex(where: { $0 == ratingsColumn }) { return [own] }
    let ranks = names.map { name -> Int? in
      let plain = RatingColumnName.plain(name)
      if ["id", "item", "itemid"].contains(plain) { return 0 }
      guard let reading = RatingColumnName(name), reading.role == .item else { return nil }
      return plain.hasSuffix("id") ? 1 : 2
    }
    guard let best = ranks.compactMap(\.self).min() else { return [] }
    return names.indices.filter { ranks[$0] == best }
  }

  /// The column of titles: plainly called so, or by a name that ends so, the first of several.
  private static func titlePosition(in names: [String], apartFrom id: Int) -> Int? {
    let ranks = names.indices.map { position -> Int? in
      guard position != id else { return nil }
      let plain = RatingColumnName.plain(names[position])
      if plain == "title" { return 0 }
      if plain == "name" { return 1 }
      return plain.hasSuffix("title") ? 2 : plain.hasSuffix("name") ? 3 : nil
    }
    guard let best = ranks.compactMap(\.self).min() else { return nil }
    return ranks.firstIndex(of: best)
  }

  /// Columns that hold lists as a rule.
  private static let listNames: Set<String> = [
    "genre", "genres", "tag", "tags", "category", "categories", "keywords", "subjects",
  ]

  private static func attributeName(_ column: String) -> String {
    switch column.lowercased() {
    case "genres": "genre"
    case "tags": "tag"
    case "categories": "category"
    default: column
    }
  }

  /// What separates several values in the cells of a column: a bar that stands in a fifth of those with
  /// anything in them, and in columns that are called lists what stands in most of them.
  private static func separator(
    in cells: some Sequence<String>, isList: Bool
  ) -> Character? {
    let filled = cells.filter { !FieldText.isMissing($0) }
    func count(_ sign: Character) -> Int { filled.count { $0.contains(sign) } }
    let bars = count("|")
    if bars > 0, bars * 5 >= filled.count { return "|" }
    guard isList else { return nil }
    let (semicolons, commas) = (count(";"), count(","))
    if bars >= max(semicolons, commas) { return "|" }
    return semicolons >= commas ? ";" : ","
  }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(40).map { FieldText.shown($0, limit: 40) }
    return shown.joined(separator: ", ") + (names.count > 40 ? ", ..." : "")
  }
}
