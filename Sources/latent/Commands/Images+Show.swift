import ArgumentParser
import ImageData

extension ImagesCommand {
  /// `latent images show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a page with some images and their labels, as one HTML file.",
      discussion: """
        Each class has the same number of images. Points are drawn. Samples other than bytes are stretched to \
        the range of a screen, each channel by itself, and their range is stated.
        """)

    @OptionGroup var data: ImageDataOptions
    @Option(help: ArgumentHelp("The page to write; - is standard output.", valueName: "file"))
    var out = "images.html"
    @Option(help: ArgumentHelp("The number of images to show.", valueName: "count"))
    var count = 48
    @Flag(help: "Also show each channel by itself.")
    var channels = false
    @Option(help: "The seed for the choice of images.")
    var seed: UInt64 = 0

    func validate() throws {
      guard (1...2000).contains(count) else {
        throw ValidationError("--count must be from 1 to 2000.")
      }
    }

    func run() throws {
      let file = try OutputFile(out, endsWithSignals: true)
      let set = try data.block().dataSet()
      var options = SamplePage.Options()
      options.count = count
      options.seed = seed
      options.showsChannels = channels
      let page = SamplePage(
        set, title: data.labels ?? data.folder, options: options)
      try file.write(Array(page.html.utf8))
      try file.finish()
      if out != "-" { StandardError.write("wrote \(out)\n") }
    }
  }
}
