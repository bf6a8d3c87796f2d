import ArgumentParser
import Errors
import ImageData

/// Options for the images of a command, their labels, and the split.
struct ImageDataOptions: ParsableArguments {
  @Argument(help: "The folder with the images.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "A table with a row per image: CSV, TSV or JSON (default: all images in the folder and its subfolders).",
      valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "The column of paths, relative to the folder; several columns make one image of several bands.",
      valueName: "names"), transform: { $0.columnNames })
  var imageColumn: [String] = []

  @Option(
    help: ArgumentHelp(
      "A suffix to append to each path of the table, such as .jpg.", valueName: "text")
  )
  var imageSuffix: String?

  @Option(help: ArgumentHelp("The column of classes.", valueName: "name"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "With --label-column: the column holds any number of labels, separated by this text.",
      valueName: "text"))
  var labelDelimiter: String?

  @Flag(
    help: ArgumentHelp(
      "An image may have no class, and the model may predict none: labels, at most one per image. An empty cell "
        + "means none."))
  var noneOfThese = false

  @Option(
    help: ArgumentHelp(
      "With --none-of-these: the classes that mean none, such as other,unknown.", valueName: "names"
    ),
    transform: { $0.columnNames })
  var noneLabels: [String] = []

  @Option(
    help: ArgumentHelp(
      "A column whose non-empty cells replace the label, such as the one that `latent images relabel` writes to be "
        + "filled in by hand.", valueName: "name"))
  var corrections: String?

  @Option(
    help: ArgumentHelp("The columns of numbers.", valueName: "names"), transform: { $0.columnNames }
  )
  var labelColumns: [String] = []

  @Option(
    help: ArgumentHelp(
      "The columns of points, two per point: x, then y, in pixels.", valueName: "names"),
    transform: { $0.columnNames })
  var points: [String] = []

  @Option(
    help: ArgumentHelp(
      "A regular expression on the path whose group is the class.", valueName: "pattern"))
  var labelPattern: String?

  @Option(
    help: ArgumentHelp(
      "What is held out: \(Splitter.forms) (default: \(defaultSplit)).", valueName: "split"))
  var split: String?

  @Option(help: ArgumentHelp("The same as --split column:NAME.", valueName: "name"))
  var splitColumn: String?

  @Option(
    help: ArgumentHelp(
      "Keep each group on one side of the split: a column (such as a person), folder (such as a video), or "
        + "pattern:REGEX.", valueName: "column"))
  var groupBy: String?

  @Option(help: "The seed of a random split.")
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
        "--none-of-these needs one class per image: from folders, --label-pattern, or --label-column without "
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

  /// The source of the images.
  var source: ImageItemSource {
    guard let labels else { return .folder(folder) }
    return .table(
      ImageTableSource(
        file: labels, folder: folder, columns: imageColumn, suffix: imageSuffix ?? "",
        correction: corrections.flatMap { name in
          correctedColumn.map { ImageTableSource.Correction(of: $0, by: name) }
        }))
  }

  /// The column that corrections apply to; nil without a single label column.
  private var correctedColumn: String? {
    labelColumn ?? (labelColumns.count == 1 ? labelColumns[0] : nil)
  }

  /// The source of the labels; nil if no option gives it.
  var givenLabels: LabelSource? {
    if let labelColumn {
      return labelDelimiter.map { .delimited(column: labelColumn, by: $0) } ?? .column(labelColumn)
    }
    if !labelColumns.isEmpty { return .numbers(columns: labelColumns) }
    if !points.isEmpty { return .points(columns: points) }
    return labelPattern.map { .pattern($0) }
  }

  /// The default split.
  static let defaultSplit = "random:0.2"

  /// The splitter; nil if no option gives it.
  var givenSplitter: Splitter? {
    get throws(ImageDataError) {
      if let splitColumn { return .column(splitColumn, heldOut: nil) }
      guard let split else { return nil }
      return try Splitter(split, seed: splitSeed)
    }
  }

  /// The source of the labels. By default the class of an image is its parent folder's name, and images of a table have
  /// no labels.
  private var ofLabels: LabelSource { givenLabels ?? (labels == nil ? .parentFolder : .none) }

  /// Returns the parts of the data set. Without a split option it uses `defaultSplitter`, or ``defaultSplit`` if that
  /// is nil.
  func block(defaultSplitter: Splitter? = nil) throws -> ImageDataBlock {
    var block = ImageDataBlock(
      items: source, labels: noneOfThese ? ofLabels.orNone(noneLabels) ?? ofLabels : ofLabels,
      splitter: try givenSplitter ?? defaultSplitter
        ?? Splitter(Self.defaultSplit, seed: splitSeed),
      groups: groupBy.map(Self.groups))
    block.decoder = limits.decoder
    return block
  }

  /// The problem and remedy for a table without a label column.
  static let noLabels = (
    problem: "no column of labels is named",
    remedy: "Name it with --label-column, --label-columns or --points."
  )

  /// Returns a warning if images are in folders named like the parts of a split but, by default, the held-out images
  /// are drawn from all of them; nil otherwise.
  func partsWarning(_ set: ImageDataSet) -> String? {
    guard split == nil, splitColumn == nil, groupBy == nil else { return nil }
    let names = set.items.partFolders
    guard !names.isEmpty else { return nil }
    return "images are in folders called \(names.joined(separator: ", ")), but "
      + "held-out images are drawn from all of them: --split folder uses the folders as the split"
  }

  /// Parses the value of `--group-by` or `--groups`.
  static func groups(_ text: String) -> ItemText {
    if text == "folder" { return .folderPath }
    return text.hasPrefix("pattern:") ? .pattern(String(text.dropFirst(8))) : .column(text)
  }
}

extension String {
  /// The names in a comma-separated list.
  fileprivate var columnNames: [String] {
    split(separator: ",").map(String.init)
  }
}
