//! Rebuilds the server when the web UI that it embeds was built anew.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-changed=templates");
}
