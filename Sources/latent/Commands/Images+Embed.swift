import ArgumentParser
import ImageModels
import Ratings
import TensorCore

extension ImagesCommand {
  /// `latent images embed`
  struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The vectors of images, as a table by which items without ratings are recommended.",
      discussion: """
        A vector is the mean of each feature of the model's network: images that look alike have vectors that lie close. The \
        table has a row for each image, its id and then the numbers (item,v0,v1,...): with it `latent train --cold-items \
        FILE.csv` learns what images say of ratings, and recommends items that nobody has rated.

        An item's id is the name of its image in the folder, without the ending (42 for 42.jpg), or what stands in a \
        column of --items.

        An image that can't be read ends the command, unless --skip-broken: then it is left out and listed; with more than \
        a tenth of them (--broken-limit) it ends all the same.
        """)

    @OptionGroup var list: ImageListOptions
    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "Write the vectors to FILE.csv, or - for standard output, as they are known.",
        valueName: "file"))
    var out: String

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard out == "-" || out.lowercased().hasSuffix(".csv") else {
        throw ValidationError("--out is FILE.csv, or - for standard output.")
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
      // Standard output can't be taken back.
      let written =
        out == "-" ? "the table on standard output ends in its midst" : "nothing is written"
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

    /// Rows of the table: each number with the digits that tell it from others.
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
