import ArgumentParser
import ImageModels
import Ratings
import TensorCore

extension ImagesCommand {
  /// `latent images embed`
  struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write embeddings of images as a table, for recommending items without ratings.",
      discussion: """
        An embedding is the mean of each feature of the model's backbone: similar images have vectors that are close. The \
        table has a row per image with its id and the numbers (item,v0,v1,...). With it, `latent train --cold-items \
        FILE.csv` learns how images relate to ratings, and recommends items that nobody has rated.

        An item's id is the name of its image in the folder, without the extension (42 for 42.jpg), or the value in a \
        column of --items.

        An image that can't be read is an error. With --skip-broken it is left out and listed; if more than \
        a tenth of the images are broken (--broken-limit), the command still fails.
        """)

    @OptionGroup var list: ImageListOptions
    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "Write the vectors to FILE.csv, or - for standard output, as they are computed.",
        valueName: "file"))
    var out: String

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard out == "-" || out.lowercased().hasSuffix(".csv") else {
        throw ValidationError("--out must be FILE.csv, or - for standard output.")
      }
    }

    func run() throws {
      let model = try model.open()
      let embedder = try ImageEmbedder(of: model)
      let images = try list.images(.stems, idLimit: identifierByteLimit)
      let context = ComputeContext(threadCount: threads.count)
      let file = try OutputFile(out)
      let header = ["item"] + (0..<embedder.width).map { "v\($0)" }
      try file.write(Array((header.joined(separator: ",") + "\n").utf8))
      var count = 0
      // Output on standard output can't be undone.
      let written =
        out == "-" ? "the table on standard output is incomplete" : "nothing is written"
      try list.forEachBatch(of: images, for: model, on: context, written: written) { ids, inputs in
        let vectors = try embedder.vectors(
          of: model.batch(of: inputs, on: context).images, on: context)
        try file.write(Self.rows(ids, vectors, width: embedder.width))
        count += ids.count
      }
      guard count > 0 else {
        throw CommandFailure("there is no image to embed", remedy: "Name a folder with images.")
      }
      try file.finish()
      StandardError.note(
        "embedded \(count) of \(images.count) images: \(embedder.width) numbers each"
          + (out == "-" ? "" : ", in \(out)"))
    }

    /// Formats rows of the table, with the fewest digits that identify each number.
    private static func rows(_ ids: [String], _ vectors: [Float], width: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(vectors.count * 12)
      for (row, id) in ids.enumerated() {
        bytes += id.csvQuoted.utf8
        for number in vectors[row * width..<(row + 1) * width] {
          bytes.append(UInt8(ascii: ","))
          bytes += "\(number)".utf8
        }
        bytes.append(UInt8(ascii: "\n"))
      }
      return bytes
    }
  }
}
