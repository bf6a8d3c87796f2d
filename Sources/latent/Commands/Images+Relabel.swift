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
        "Writes a table of all images, those with likely wrong labels first, to correct by hand.",
      discussion: """
        All images are predicted by models that have not learned from them: trained as the model in service was, each on \
        all images but a part. The table has the label, what is suggested instead and why, and an empty column \
        `corrected`: fill it where a label is wrong ((none) for no label), and train by it:

        latent images train FOLDER --labels FILE.csv --label-column label --corrections corrected

        Of points, and of several numbers, what is predicted stands beside each column of the table of labels, in one \
        called suggested_ and its name, and there is no other column to fill: write what is right over what is wrong, and \
        train with the options of before and --labels FILE.csv.

        Other columns of the table of labels are kept, so that options that name them go on working. With --skip-broken \
        images that can't be read are not in the table.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelOptions

    @Option(
      help: ArgumentHelp(
        "The table to write: FILE.csv, which must not be there with anything in it, or - for standard output.",
        valueName: "file")
    )
    var out: String

    @Option(help: ArgumentHelp("How many models.", valueName: "N"))
    var folds = 5

    @Option(
      help: ArgumentHelp(
        "Suggest something for so many images (default: twice as many as have a label that is likely wrong, and 20 at least).",
        valueName: "images"))
    var count: Int?

    @OptionGroup var foldOptions: ImageFoldOptions
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard (2...100).contains(folds) else { throw ValidationError("--folds is from 2 to 100.") }
      if let count, count < 1 { throw ValidationError("--count is from 1.") }
      guard out == "-" || out.lowercased().hasSuffix(".csv") else {
        throw ValidationError("--out is FILE.csv, or - for standard output.")
      }
    }

    func run() throws {
      let file = try OutputFile(
        out, losing: "what was corrected in it by hand", endsWithSignals: true)
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
