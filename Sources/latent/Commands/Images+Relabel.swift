import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import ImageReports
import ModelRegistry
import RatingsFiles
import TensorCore

extension ImagesCommand {
  /// `latent images relabel`
  struct Relabel: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Write a table of all images, those with likely wrong labels first, to correct by hand.",
      discussion: """
        All images are predicted out of fold: the models are trained like the model in service, each on \
        all images but one fold. The table has the label, a suggestion with the reason, and an empty column \
        `corrected`: fill it in if a label is wrong ((none) for no label), and train with it:

        latent images train FOLDER --labels FILE.csv --label-column label --corrections corrected

        For points, and for several numbers, the prediction for each column of the label table is in a column with the \
        prefix suggested_, and there is no column `corrected`: overwrite wrong values, and \
        train with the same options as before and --labels FILE.csv.

        Other columns of the label table are kept, so that options that name them still work. With --skip-broken \
        images that can't be read are not in the table.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelOptions

    @Option(
      help: ArgumentHelp(
        "The table to write: FILE.csv, which must not exist or be empty, or - for standard output.",
        valueName: "file")
    )
    var out: String

    @Option(help: ArgumentHelp("The number of folds, each with its own model.", valueName: "N"))
    var folds = 5

    @Option(
      help: ArgumentHelp(
        "The number of images with a suggestion (default: twice the number of likely wrong labels, at least 20).",
        valueName: "images"))
    var count: Int?

    @OptionGroup var foldOptions: ImageFoldOptions
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard (2...100).contains(folds) else {
        throw ValidationError("--folds must be from 2 to 100.")
      }
      if let count, count < 1 { throw ValidationError("--count must be at least 1.") }
      guard out == "-" || out.lowercased().hasSuffix(".csv") else {
        throw ValidationError("--out must be FILE.csv, or - for standard output.")
      }
    }

    func run() throws {
      let file = try OutputFile(
        out, losing: "labels corrected in it by hand", endsWithSignals: true)
      let (model, manifest) = try model.openWithManifest()
      let set = try source.block(defaultSplitter: Splitter.none).dataSet()
      let examined = try foldOptions.examination(
        like: model, manifest, on: set, count: folds, skipping: broken,
        threadCount: threads.count)
      let suspects = LabelSuspects(examined)
      let suggestedCount = count ?? max(20, 2 * suspects.likelyImageCount)
      let numbers = source.points.isEmpty ? source.labelColumns : source.points
      let table =
        if numbers.count > 1 {
          try RelabelTable(
            suspects, examined, set, columns: numbers, suggestedCount: suggestedCount)
        } else {
          RelabelTable(
            suspects, examined, set, labelColumn: source.labelColumn ?? numbers.first ?? "label",
            delimiter: source.labelDelimiter ?? " ", suggestedCount: suggestedCount)
        }
      let format = RowFormat.csv
      try file.write(format.header(table.columns))
      for row in table.rows {
        var bytes: [UInt8] = []
        format.append(row, of: table.columns, to: &bytes)
        try file.write(bytes)
      }
      try file.finish()
      StandardError.write(examined.words + ", out of fold\n")
      StandardError.write(
        "\(suspects.words)\(out == "-" ? "" : ": wrote \(out)")\n")
    }
  }
}
