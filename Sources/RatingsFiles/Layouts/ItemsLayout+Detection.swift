import Errors
import Ratings

extension ItemsLayout {
  /// Detects the layout of a file whose header or JSON keys name an id column and, usually, a title column;
  /// every other column is an attribute. Without a column named as an id, two columns are id and title. nil
  /// if the file is empty.
  ///
  /// Of several possible id columns, the one named `ratingsColumn`, like the ratings' item column, is taken,
  /// then the one with the plainest name.
  init?(
    of sample: FileSample, options: ItemsFileOptions, ratingsColumn: String?
  ) throws(RatingsFileError) {
    guard
      let columns = try FileColumns(
        of: sample, .items, options.dialect, hasHeader: options.hasHeader,
        areNamed: options.columns?.useNames == true,
        isHeader: { names, below in
          !Self.idPositions(in: names, ratingsColumn).isEmpty || below.isNamed(by: names)
        })
    else { return nil }
    let names = columns.header ?? []
    self.init(
      format: columns.format, header: columns.header, columnCount: columns.count, id: 0, title: nil)
    if let told = options.columns {
      id = try columns.position(of: told.id)
      if let column = told.title { title = try columns.position(of: column) }
      for attribute in told.attributes {
        attributes.append(
          AttributeColumn(
            position: try columns.position(of: attribute.column), name: attribute.name))
      }
    } else if let found = try Self.idPosition(columns, ratingsColumn) {
      id = found
      title = Self.titlePosition(in: names, apartFrom: found)
      attributes = names.indices.filter { $0 != id && $0 != title }.map {
        AttributeColumn(position: $0, name: Self.attributeName(names[$0]))
      }
    } else {
      guard columns.format != .json, columns.count == 2 else {
        throw RatingsFileError(
          .unknownColumns, "no column whose name identifies it as the items' ids",
          place: columns.place,
          remedy: "Specify the columns: \(columns.content.namesToFill)"
            + (names.isEmpty ? ", or by number." : ". \(columns.list)"))
      }
      title = 1
    }
    for index in attributes.indices {
      let position = attributes[index].position
      let cells = columns.rows.lazy.filter { $0.count > position }.map { $0[position] }
      attributes[index].values = Values(
        in: cells, columnName: names.indices.contains(position) ? names[position] : nil,
        columns.format)
    }
    readsYears = haveYears(columns.rows)
    if options.dialect.quoting == nil, format != .json { doubtedColumnCount = columnCount }
  }

  /// Returns whether at least half of the titles in `rows` end in a year that no column has.
  private func haveYears(_ rows: [[String]]) -> Bool {
    guard let title, !attributes.contains(where: { $0.name.lowercased() == TitleYear.name }) else {
      return false
    }
    let titles = rows.filter { $0.count > title }.map { $0[title] }
    return !titles.isEmpty && titles.count { TitleYear.find(in: $0) != nil } * 2 >= titles.count
  }

  private static func idPosition(
    _ columns: FileColumns, _ ratingsColumn: String?
  ) throws(RatingsFileError) -> Int? {
    let ids = idPositions(in: columns.header ?? [], ratingsColumn)
    guard ids.count <= 1 else {
      let names = ids.map(columns.name)
      throw RatingsFileError(
        .unknownColumns, "several columns could be the id: \(FileColumns.listed(names))",
        place: columns.place,
        remedy: "Specify which: id=\(names[0]),title=NAME, with NAME=COLUMN for each attribute.")
    }
    return ids.first
  }

  /// Returns the columns that could equally well be the ids.
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

  /// Returns the title column: plainly named so, or with a name that ends so; the first of several.
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

  private static func attributeName(_ column: String) -> String {
    switch column.lowercased() {
    case "genres": "genre"
    case "tags": "tag"
    case "categories": "category"
    default: column
    }
  }
}

extension ItemsLayout.Values {
  /// Names of columns that usually contain lists.
  private static let listNames: Set<String> = [
    "genre", "genres", "tag", "tags", "category", "categories", "keywords", "subjects",
  ]

  /// Detects the format of a column's cells. They are list literals if most cells are, or in JSON any. They
  /// are bar-separated if at least a fifth of the non-empty cells has a bar. In columns whose name denotes
  /// lists, the separator is the one that the most cells have.
  init(
    in cells: some Sequence<String>, columnName: String?, _ format: RecordFormat
  ) {
    let filled = cells.filter { !FieldText.isMissing($0) }
    let lists = filled.count { ListLiteral.isLikely($0) }
    if lists * 2 > filled.count || (format == .json && lists > 0) {
      self = .literal
      return
    }
    func count(_ sign: Character) -> Int { filled.count { $0.contains(sign) } }
    let bars = count("|")
    let isList = columnName.map { Self.listNames.contains(RatingColumnName.plain($0)) } ?? false
    if bars > 0, bars * 5 >= filled.count {
      self = .separated("|")
    } else if isList {
      let (semicolons, commas) = (count(";"), count(","))
      self = .separated(
        bars >= max(semicolons, commas) ? "|" : semicolons >= commas ? ";" : ",")
    } else {
      self = .one
    }
  }
}
