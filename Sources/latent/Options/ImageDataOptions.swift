import ArgumentParser
import Errors
import ImageData

/// Which images a command is about, what they are labelled, and which are held out.
struct ImageDataOptions: ParsableArguments {
  @Argument(help: "The folder of the images.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "A table with a row for each image: CSV, TSV or JSON (default: all images beneath the folder).",
      valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "The column of paths, relative to the folder; several make one image of several bands.",
      valueName: "names"), transform: { $0.columnNames })
  var imageColumn: [String] = []

  @Option(
    help: ArgumentHelp(
      "What is put behind each path of the table, such as .jpg.", valueName: "text")
  )
  var imageSuffix: String?

  @Option(help: ArgumentHelp("The column of classes.", valueName: "name"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "With --label-column: it holds any number of labels, separated by this.", valueName: "text"))
  var labelDelimiter: String?

  @Flag(
    help: ArgumentHelp(
      "An image may be of no class, and a model answer with none: labels of which there is one at most. An empty cell "
        + "is none."))
  var noneOfThese = false

  @Option(
    help: ArgumentHelp(
      "With --none-of-these: classes that mean none, such as other,unknown.", valueName: "names"),
    transform: { $0.columnNames })
  var noneLabels: [String] = []

  @Option(
    help: ArgumentHelp(
      "A column whose cells, where they are filled, take the place of the label's: as `latent images relabel` makes one, "
        + "to be filled by hand.", valueName: "name"))
  var corrections: String?

  @Option(
    help: ArgumentHelp("The columns of numbers.", valueName: "names"), transform: { $0.columnNames }
  )
  var labelColumns: [String] = []

  @Option(
    help: ArgumentHelp(
      "The columns of points, two each: x, then y, in pixels.", valueName: "names"),
    transform: { $0.columnNames })
  var points: [String] = []

  @Option(
    help: ArgumentHelp(
      "A regular expression whose group is the class, in the path.", valueName: "pattern"))
  var labelPattern: String?

  @Option(
    help: ArgumentHelp(
      "What is held out: \(Splitter.forms) (default: \(defaultSplit)).", valueName: "split"))
  var split: String?

  @Option(help: ArgumentHelp("The same as --split column:NAME.", valueName: "name"))
  var splitColumn: String?

  @Option(
    help: ArgumentHelp(
      "What must not stand on both sides of the split: a column (a person), folder (a video), or "
        + "pattern:REGEX.", valueName: "column"))
  var groupBy: String?

  @Option(help: "Decides what a random split holds out.")
  var splitSeed: UInt64 = 0

  @OptionGroup var limits: ImageLimitOptions

  func validate() throws {
    let given = [
      labelColumn != nil, !labelColumns.isEmpty, !points.isEmpty, labelPattern != nil,
    ].count { $0 }
    guard given <= 1 else {
      throw ValidationError(
        "--label-column, --label-columns, --points and --label-pattern exclude each other.")
    }
    guard labelDelimiter == nil || labelColumn != nil else {
      throw ValidationError("--label-delimiter goes with --label-column.")
    }
    guard corrections == nil || correctedColumn != nil else {
      throw ValidationError("--corrections goes with --label-column, or one of --label-columns.")
    }
    guard noneLabels.isEmpty || noneOfThese else {
      throw ValidationError("--none-labels goes with --none-of-these.")
    }
    if noneOfThese, ofLabels.orNone(noneLabels) == nil {
      throw ValidationError(
        "--none-of-these is of one class an image: of folders, --label-pattern, or --label-column without "
          + "--label-delimiter.")
    }
    guard split == nil || splitColumn == nil else {
      throw ValidationError("--split and --split-column exclude each other.")
    }
    for (name, needsTable) in [
      ("image-column", !imageColumn.isEmpty), ("image-suffix", imageSuffix != nil),
      ("label-column", labelColumn != nil), ("label-columns", !labelColumns.isEmpty),
      ("points", !points.isEmpty), ("split-column", splitColumn != nil),
    ] where needsTable && labels == nil {
      throw ValidationError("--\(name) goes with --labels.")
    }
    do { _ = try givenSplitter } catch {
      throw ValidationError("--split: \(error.problem). \(error.remedy)")
    }
  }

  /// Where the images come from.
  var source: ImageItemSource {
    guard let labels else { return .folder(folder) }
    return .table(
      ImageTableSource(
        file: labels, folder: folder, columns: imageColumn, suffix: imageSuffix ?? "",
        correction: corrections.flatMap { name in
          correctedColumn.map { ImageTableSource.Correction(of: $0, by: name) }
        }))
  }

  /// The column of the labels, where there is one.
  private var correctedColumn: String? {
    labelColumn ?? (labelColumns.count == 1 ? labelColumns[0] : nil)
  }

  /// Where the labels come from; nil where no option says so.
  var givenLabels: LabelSource? {
    if let labelColumn {
      return labelDelimiter.map { .delimited(column: labelColumn, by: $0) } ?? .column(labelColumn)
    }
    if !labelColumns.isEmpty { return .numbers(columns: labelColumns) }
    if !points.isEmpty { return .points(columns: points) }
    return labelPattern.map { .pattern($0) }
  }

  /// What is held out where no option says so.
  static let defaultSplit = "random:0.2"

  /// What is held out; nil where no option says so.
  var givenSplitter: Splitter? {
    get throws(ImageDataError) {
      if let splitColumn { return .column(splitColumn, heldOut: nil) }
      guard let split else { return nil }
      return try Splitter(split, seed: splitSeed)
    }
  }

  /// Where the labels come from. Without a word about it a folder's images are of the class of the folder that they
  /// are in, and a table's of none.
  private var ofLabels: LabelSource { givenLabels ?? (labels == nil ? .parentFolder : .none) }

  /// The data set's parts. Without a word about the split `defaultSplitter` holds out, and ``defaultSplit`` without
  /// that.
  func block(defaultSplitter: Splitter? = nil) throws -> ImageDataBlock {
    var block = ImageDataBlock(
      items: source, labels: noneOfThese ? ofLabels.orNone(noneLabels) ?? ofLabels : ofLabels,
      splitter: try givenSplitter ?? defaultSplitter
        ?? Splitter(Self.defaultSplit, seed: splitSeed),
      groups: groupBy.map(Self.groups))
    block.decoder = limits.decoder
    return block
  }

  /// What is said of a table of which no column of labels is named.
  static let noLabels = (
    problem: "no column of labels is named",
    remedy: "Name it with --label-column, --label-columns or --points."
  )

  /// A warning where images stand in folders that are called as the parts of a split, and what is held out is drawn from
  /// all of them, which nobody has asked for; nil otherwise.
  func partsWarning(_ set: ImageDataSet) -> String? {
    guard split == nil, splitColumn == nil, groupBy == nil else { return nil }
    let names = set.items.partFolders
    guard !names.isEmpty else { return nil }
    return "images stand in folders called \(names.joined(separator: ", ")), and "
      + "what is held out is drawn from all of them: --split folder goes by the folders"
  }

  /// What `--group-by` and `--groups` say that images belong to.
  static func groups(_ text: String) -> ItemText {
    if text == "folder" { return .folderPath }
    return text.hasPrefix("pattern:") ? .pattern(String(text.dropFirst(8))) : .column(text)
  }
}

extension String {
  /// The names in a list with commas.
  fileprivate var columnNames: [String] {
    split(separator: ",").map(String.init)
  }
}
