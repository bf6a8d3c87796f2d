import Errors
import Ratings

/// The evidence that a file with guessed columns does not hold ratings but items or people, which would be
/// imported as ratings that nobody gave.
struct UnlikelyRoles {
  private let roles: ColumnRoles
  private let columns: FileColumns
  private let reasons: [String]

  /// Checks `roles`; nil if nothing speaks against them. Named or specified columns are accepted as they are.
  init?(_ roles: ColumnRoles, of columns: FileColumns) {
    self.roles = roles
    self.columns = columns
    var reasons: [String] = []
    for role in RatingColumn.allCases {
      guard let found = roles[role], found.isGuess else { continue }
      if let header = columns.header,
        Self.isUnlikely(header[found.position], as: role, hasValue: roles[.value] != nil)
      {
        reasons.append(
          "\"\(FieldText.shown(header[found.position], limit: 40))\" is not a name for the \(role)")
      } else if role == .value, columns.profiles[found.position].isYears {
        reasons.append("\(columns.name(found.position)) holds years")
      }
    }
    if let key = Self.key(roles, columns) {
      reasons.append("each line has a different \(FieldText.shown(columns.name(key), limit: 40))")
    }
    guard !reasons.isEmpty else { return nil }
    self.reasons = reasons
  }

  /// The error with the guessed roles and the evidence against them.
  var error: RatingsFileError {
    let taken = RatingColumn.allCases.compactMap { role in
      roles[role].map {
        "\(role)=\(FieldText.shown(columns.name($0.position), limit: 40)) \($0.ground.rawValue)"
      }
    }
    return RatingsFileError(
      .unlikelyColumns,
      "it looks like a file of items or of people, not of ratings: it would be read as "
        + "\(taken.joined(separator: ", ")), but \(reasons.joined(separator: "; "))",
      place: columns.place,
      remedy:
        "If it holds items, import it as items. If it holds ratings, specify the columns: "
        + (columns.header == nil ? columns.content.numbersToFill : columns.content.namesToFill)
        + ", without value and time if there are none.")
  }

  /// Returns whether a column with this name, which does not denote ratings, is implausible in this role.
  private static func isUnlikely(_ name: String, as role: RatingColumn, hasValue: Bool) -> Bool {
    let plain = RatingColumnName.plain(name)
    if facts.contains(plain) || plain.hasSuffix("year") { return true }
    switch role {
    case .user:
      return ofItems.contains(plain) || plain.hasSuffix("title") || rowNumbers.contains(plain)
    // Titles and the like may identify items; without a rating, a `name` is that of the user beside it.
    case .item: return (plain == "name" && !hasValue) || rowNumbers.contains(plain) && plain != "id"
    case .value: return rowNumbers.contains(plain) || isID(name)
    case .time: return false
    }
  }

  /// Attributes of items or people, which nobody rates.
  private static let facts: Set<String> = [
    "year", "age", "gender", "sex", "zip", "zipcode", "postcode", "postalcode", "occupation", "job",
    "email", "mail", "phone", "telephone", "address", "birthday", "birthdate", "dateofbirth", "dob",
    "price", "cost", "budget", "revenue", "runtime", "duration", "pages", "numpages", "description",
    "overview", "summary", "review", "reviewtext", "text", "comment", "body", "latitude",
    "longitude",
    "lat", "lon", "lng",
  ]

  /// Attributes of items that do not identify users.
  private static let ofItems: Set<String> = [
    "title", "name", "label", "genre", "genres", "tag", "tags", "category", "categories", "keyword",
    "keywords", "author", "authors", "director", "directors", "actor", "actors", "cast",
    "publisher",
    "studio", "brand", "language", "url", "link", "image", "isbn13", "imdbid", "tmdbid",
  ]

  /// Names of row number columns; pandas leaves the name empty.
  private static let rowNumbers: Set<String> = [
    "", "id", "index", "row", "rowid", "line", "unnamed:0", "no", "nr", "#",
  ]

  /// Returns whether `name` ends like that of an id: `tmdbId`, `tmdb_id` or `TMDB ID`, but not `paid`.
  private static func isID(_ name: String) -> Bool {
    guard name.count > 2, name.lowercased().hasSuffix("id") else { return false }
    let before = name.dropLast(2).last
    return before?.isLetter == false || name.hasSuffix("Id")
      || (name.hasSuffix("ID") && before?.isLowercase == true)
  }

  /// The minimum number of lines for unique ids to be significant.
  private static let leastLineCount = 10

  /// Returns the column that is unique in every line, as if each line described another item or person. nil
  /// if user and item were named, and if lines in chronological order could look the same: each of many
  /// people may occur once among the first lines.
  private static func key(_ roles: ColumnRoles, _ columns: FileColumns) -> Int? {
    guard let user = roles[.user], let item = roles[.item], user.isGuess || item.isGuess else {
      return nil
    }
    // If both were guessed by order, the first is the key.
    let (key, other) =
      user.isGuess && !item.isGuess
      ? (item.position, user.position) : (user.position, item.position)
    let rows = columns.rows.filter { $0.count > max(key, other) }
    guard rows.count >= leastLineCount else { return nil }
    let keys = rows.map { $0[key] }
    guard Set(keys).count == keys.count else { return nil }
    let others = Set(rows.map { $0[other] }).count
    let isSure =
      others == rows.count || columns.areAll || isAscending(keys)
    guard isSure else { return nil }
    // If guessed by order alone, numbers may well be users and items, but texts are titles.
    let areBothGuessed = user.isGuess && item.isGuess
    let isOfItems =
      areBothGuessed
      ? others > rows.count / 2 && !columns.profiles[other].isWhole : others > 1
    return isOfItems ? key : nil
  }

  /// Returns whether ids are ascending: as numbers if all are integers, else as texts.
  private static func isAscending(_ ids: [String]) -> Bool {
    let numbers = ids.compactMap { Int64($0) }
    return numbers.count == ids.count
      ? zip(numbers, numbers.dropFirst()).allSatisfy(<) : zip(ids, ids.dropFirst()).allSatisfy(<)
  }
}
