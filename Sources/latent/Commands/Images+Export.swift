import ArgumentParser
import Foundation
import ImageModels

extension ImagesCommand {
  /// `latent images export`
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a model of images for other programs.",
      discussion: """
        --onnx FILE writes an ONNX file (opset 17). It takes `images`, [batch, channels, height, width] of single \
        precision, samples from 0 to 1, cropped or squished to the model's size, and answers `predictions`, [batch, \
        outputs]: calibrated probabilities, or numbers; of points x and y of each, from -1 to 1. Normalisation is in \
        the graph. Its metadata has what the outputs are called, as a JSON array under `outputs`, and all that the \
        model says of itself as JSON under `latent.image_model`. The file is of single precision: of a version that \
        `latent images quantize` wrote it has the network that this was made of.
        """)

    @OptionGroup var model: ImageModelChoice

    @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
    var onnx: String

    func run() throws {
      let opened = try model.open()
      if opened.description.quantization != nil {
        StandardError.note(
          "the version predicts in int8, and the file in float32, as the version that it was made of"
        )
      }
      let bytes = try opened.onnx(latentVersion: latentVersion)
      let output = try OutputFile(onnx, endsWithSignals: true)
      try output.write(bytes)
      try output.finish()
    }
  }
}
