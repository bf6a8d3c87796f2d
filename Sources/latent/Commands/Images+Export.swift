import ArgumentParser
import Foundation
import ImageModels

extension ImagesCommand {
  /// `latent images export`
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Export an image model for other programs.",
      discussion: """
        --onnx FILE writes an ONNX file (opset 17). Its input is `images`, [batch, channels, height, width] in single \
        precision, samples from 0 to 1, cropped or squished to the model's size. Its output is `predictions`, [batch, \
        outputs]: calibrated probabilities, or numbers; for points, x and y of each, from -1 to 1. Normalisation is part \
        of the graph. The metadata has the names of the outputs as a JSON array under `outputs`, and the model's \
        description as JSON under `latent.image_model`. The file is in single precision: for a version that \
        `latent images quantize` wrote, it has the network before quantisation.
        """)

    @OptionGroup var model: ImageModelChoice

    @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
    var onnx: String

    func run() throws {
      let opened = try model.open()
      if opened.description.quantization != nil {
        StandardError.note(
          "the version predicts in int8, the file in float32 like the version before quantisation"
        )
      }
      let bytes = try opened.onnx(latentVersion: latentVersion)
      let output = try OutputFile(onnx, endsWithSignals: true)
      try output.write(bytes)
      try output.finish()
    }
  }
}
