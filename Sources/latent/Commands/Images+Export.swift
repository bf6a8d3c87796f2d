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
        outputs]: calibrated probabilities, or numbers. Normalisation is in the graph. Its metadata has what the \
        outputs are called, one a line under `outputs`, and all that the model says of itself as JSON under \
        `latent.image_model`.
        """)

    @OptionGroup var model: ImageModelOptions

    @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
    var onnx: String

    func run() throws {
      let bytes = try model.open().onnx(latentVersion: latentVersion)
      let output = try OutputFile(onnx, endsWithSignals: true)
      try output.write(bytes)
      try output.finish()
    }
  }
}
