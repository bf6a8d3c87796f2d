import Errors
import Foundation

/// A folder in one of the layouts in which GroupLens publishes MovieLens ratings.
package struct MovieLensFolder: Equatable, Sendable {
  /// The path and options of the ratings file.
  package let ratingsPath: String
  package let ratingsOptions: RatingsFileOptions
  /// The path of the movies file, if it exists.
  package let itemsPath: String?
  /// The layout of the movies file; nil if it has a header.
  package let itemsLayout: ItemsLayout?
  /// The names of the folder's other files, which are not read.
  package let otherFiles: [String]

  /// Recognises the folder at `path` by its files: `ratings.csv` with `movies.csv`, `ratings.dat` with
  /// `movies.dat`, or `u.data` with `u.item`, in this order.
  package init(path: String) throws(RatingsFileError) {
    guard access(path, R_OK | X_OK) == 0 else {
      throw RatingsFileError(
        .inputOutput, "the folder can't be read: \(SystemError())",
        place: FilePlace(file: path),
        remedy: SystemError().remedy(else: "Check the path."))
    }
    func file(_ name: String) -> String? {
      let file = path.hasSuffix("/") ? path + name : path + "/" + name
      return FileManager.default.fileExists(atPath: file) ? file : nil
    }
    if let ratings = file("ratings.csv") {
      ratingsPath = ratings
      ratingsOptions = RatingsFileOptions(DialectOptions(delimiter: .comma))
      itemsPath = file("movies.csv")
      itemsLayout = nil
    } else if let ratings = file("ratings.dat") {
      ratingsPath = ratings
      ratingsOptions = Self.inUsualOrder(.doubleColon)
      itemsPath = file("movies.dat")
      itemsLayout = .moviesDat
    } else if let ratings = file("u.data") {
      ratingsPath = ratings
      ratingsOptions = Self.inUsualOrder(.tab)
      itemsPath = file("u.item")
      itemsLayout = .uItem(genres: try Self.genres(file("u.genre")))
    } else {
      throw RatingsFileError(
        .unknownLayout, "a folder without ratings.csv, ratings.dat or u.data",
        place: FilePlace(file: path),
        remedy: "Name a folder as GroupLens distributes it, or the file of ratings itself.")
    }
    let read = [ratingsPath, itemsPath ?? ratingsPath].map { ($0 as NSString).lastPathComponent }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    // The genres were read with the movies.
    otherFiles = names.filter { !read.contains($0) && $0 != "u.genre" && !$0.hasPrefix(".") }
      .sorted()
  }

  /// Returns options for user, item, rating and time, without a header.
  private static func inUsualOrder(_ delimiter: Delimiter) -> RatingsFileOptions {
    RatingsFileOptions(
      DialectOptions(delimiter: delimiter, quoting: Quoting.none), hasHeader: false,
      columns: RatingsColumns(
        user: .number(1), item: .number(2), value: .number(3), time: .number(4)))
  }

  /// Returns the genres in the order of their flags: from `u.genre`, whose lines are `name|number`, else
  /// those of MovieLens 100K.
  private static func genres(_ path: String?) throws(RatingsFileError) -> [String] {
    guard let path else { return genresOf100K }
    var records = try RecordReader(
      InputFile(path: path), Dialect(delimiter: .bar, quoting: .none), chunkSize: 4096)
    var names: [Int: String] = [:]
    while case .record = try records.next() {
      let bytes = records.bytes.span
      guard records.fields.count == 2,
        let name = FieldText.decoded(bytes, records.fields[0]),
        let number = DecimalNumber.integer(bytes, records.fields[1]), names.count < 1000,
        names.updateValue(name, forKey: Int(number)) == nil
      else { throw badGenres(path, line: records.line) }
    }
    let inOrder = (0..<names.count).compactMap { names[$0] }
    guard inOrder.count == names.count else { throw badGenres(path, line: nil) }
    return inOrder
  }

  private static func badGenres(_ path: String, line: Int?) -> RatingsFileError {
    RatingsFileError(
      .unknownLayout, "not a list of NAME|NUMBER, numbered from 0 without gaps",
      place: FilePlace(file: path, line: line),
      remedy: "Correct it, or remove it to use MovieLens 100K's own genres.")
  }

  private static let genresOf100K = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
  ]
}
